// The end-to-end suite: `node test/e2e/run.mjs [--grep TEXT] [--electron] [--lanes N]`. Installs its own packages; suites about the product want its
// VSIX at the root (`npm run build && npm run package`). Counts go to test-output/e2e/results.json and, unless --part says
// that somebody else sums up, to the last line.
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { installDriver, installEditor } from '../../scripts/lib/install.mjs';
import { usePlainTemporary } from '../../scripts/lib/temporary.mjs';

const { values } = parseArgs({
	options: {
		grep: { type: 'string', default: '' },
		part: { type: 'boolean' },
		electron: { type: 'boolean' },
		lanes: { type: 'string', default: '2' },
	},
});
usePlainTemporary();
// The desktop's editor is downloaded as a whole; beside it only its driver is needed.
await (values.electron ? installDriver() : installEditor());
const { output, startEditor } = await import('./lib/editor.mjs');
const { runSuites } = await import('./lib/harness.mjs');

const results = path.join(output, 'results.json');
mkdirSync(output, { recursive: true });
rmSync(results, { force: true });
const folder = path.join(import.meta.dirname, 'suites');
for (const name of readdirSync(folder).toSorted()) await import(pathToFileURL(path.join(folder, name)).href);
const counts = await runSuites(startEditor, values.grep, values.electron || values.grep ? 1 : Number(values.lanes));
writeFileSync(results, JSON.stringify(counts));
if (!values.part) console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
process.exit(counts.failed > 0 || counts.passed === 0 ? 1 : 0);
