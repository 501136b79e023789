// Signing in at a real authorization server (oidc-provider) for a real MCP server, all on loopback.
//   node test/oauth/run.mjs [options of vitest]
import path from 'node:path';
import { installPackages, root } from '../../scripts/lib/install.mjs';
import { run } from '../../scripts/lib/process.mjs';
import { step } from '../../scripts/lib/steps.mjs';

const RUN_MS = 300_000;

await step('Authorization server', () => installPackages(path.join(root, 'test/oauth')));
const vitest = ['vitest', 'run', '--config', 'test/oauth/vitest.config.mjs', ...process.argv.slice(2)];
const { code } = await run('npx', vitest, { cwd: root, timeoutMs: RUN_MS });
process.exit(code);
