// SPDX-License-Identifier: Apache-2.0

/** The media types of the OCI image specification 1.1 that Millrace writes and reads (media-types.md). */
export const OCI_INDEX = 'application/vnd.oci.image.index.v1+json'
export const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json'
export const OCI_CONFIG = 'application/vnd.oci.image.config.v1+json'
export const OCI_LAYER = 'application/vnd.oci.image.layer.v1.tar+gzip'
/** The config of a manifest that is no image (manifest.md, "Guidance for an Empty Descriptor"). */
export const OCI_EMPTY = 'application/vnd.oci.empty.v1+json'

/** What an empty descriptor names. */
export const EMPTY_JSON = '{}'
