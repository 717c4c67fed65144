import rootPackage from '../../../../package.json';

/**
 * Of Bun itself; the images have the same. See docs/adr/0012-settings-of-the-runtime.md. Its engine's options change between releases,
 * and Bun does not start with one that it does not know: another Bun than ours goes without.
 */
export function runtimeSettings(bunVersion = Bun.version): Record<string, string> {
  const ours = rootPackage.packageManager === `bun@${bunVersion}`;
  return {
    ...(ours && { BUN_JSC_useFTLJIT: '0', BUN_JSC_jitPolicyScale: '0.25' }),
    MIMALLOC_PURGE_DELAY: '1000',
  };
}
