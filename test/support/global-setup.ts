import { startTemplateCluster } from './template-cluster';
import type { TestCluster } from './test-cluster';

declare global {
  var holdfastTestCluster: TestCluster | undefined;
}

export default async function setUp(): Promise<void> {
  globalThis.holdfastTestCluster = await startTemplateCluster();
}
