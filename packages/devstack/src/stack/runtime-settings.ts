import rootPackage from '../../../../package.json';

const ENGINE_SETTINGS = {
  BUN_JSC_useFTLJIT: '0',
  BUN_JSC_thresholdForJITAfterWarmUp: '30',
  BUN_JSC_thresholdForOptimizeAfterWarmUp: '60',
  BUN_JSC_thresholdForOptimizeSoon: '60',
  BUN_JSC_useWarmUpMarkedBlocks: '0',
};

/**
 * For Bun itself, the same as in the images: see docs/adr/0012-settings-of-the-runtime.md. Engine options
 * change between releases, and Bun does not start with an unknown one, so they are set only for our version.
 */
export function runtimeSettings(bunVersion = Bun.version): Record<string, string> {
  const ours = rootPackage.packageManager === `bun@${bunVersion}`;
  return { ...(ours && ENGINE_SETTINGS), MIMALLOC_PURGE_DELAY: '1000' };
}
