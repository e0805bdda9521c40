// SPDX-License-Identifier: Apache-2.0
import { pathLint } from '../path-lint.ts'

/** The libraries of NVIDIA's driver, which a container gets from its host: libcuda and libnvidia-ml. */
const DRIVER = /^usr\/lib\/lib(?:cuda|nvidia-ml)\.so(?:\.\d+)*$/

/** No libraries of the CUDA driver: they fit the kernel's driver of the host, and hide the host's own. */
export const cudaRuntimeLib = pathLint({
  noun: 'library of the CUDA driver',
  nouns: 'libraries of the CUDA driver',
  isWrong: ({ path }) => DRIVER.test(path),
})
