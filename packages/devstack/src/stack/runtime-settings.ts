import rootPackage from '../../../../package.json';

const ENGINE_SETTINGS = {
  BUN_JSC_useFTLJIT: '0',
  BUN_JSC_thresholdForJITAfterWarmUp: '30',
  BUN_JSC_thresholdForOptimizeAfterWarmUp: '60',
  BUN_JSC_thresholdForOptimizeSoon: '60',
};

/**
 * Of Bun itself; the images have the same. See docs/adr/0012-settings-of-the-runtime.md. Its engine's options change between releases,
 * and Bun does not start with one that it does not know: another Bun than ours goes without.
 */
export function runtimeSettings(bunVersion = Bun.version): Record<string, string> {
  const ours = rootPackage.packageManager === `bun@${bunVersion}`;
  return { ...(ours && ENGINE_SETTINGS), MIMALLOC_PURGE_DELAY: '1000' };
}
