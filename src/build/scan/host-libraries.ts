// SPDX-License-Identifier: Apache-2.0

/** Libraries of NVIDIA's driver, which a container gets from its host: no package may offer them, and none can bring them. */
const HOST_LIBRARIES = new Set([
  ...['libEGL_nvidia.so.1', 'libGLESv1_CM_nvidia.so.1', 'libGLESv2_nvidia.so.1', 'libGLX_nvidia.so.1'],
  ...['libcuda.so.1', 'libcudadebugger.so.1', 'libnvcuvid.so.1', 'libnvoptix.so.1'],
  ...[
    ...['allocator', 'cfg', 'eglcore', 'encode', 'fbc', 'glcore', 'glsi', 'glvkspirv', 'gpucomp', 'ml'],
    ...['ngx', 'nvvm', 'opencl', 'opticalflow', 'pkcs11-openssl3', 'pkcs11', 'ptxjitcompiler', 'rtcore'],
    'tls',
  ].map((part) => `libnvidia-${part}.so.1`),
])

/** True for the soname of a library that comes from the host (melange.md §11). */
export function isHostLibrary(soname: string): boolean {
  return HOST_LIBRARIES.has(soname)
}
