// Trains the model of the instruction detector and writes its weights: node scripts/injection/train.mjs [--check]
// Reads ../shared/corpora/dev (or MCP_FIREWALL_CORPORA) and our own sentences. The same rows give the same file, bit for bit;
// --check trains and says whether the file is what it would write.
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { load } from './bundle.mjs';
import { prepare, sizesOf, trainOn } from './prepare.mjs';
import { corporaFolder } from './sources.mjs';

const FILE = fileURLToPath(new URL('../../src/domain/inspection/model/trainedWeights.ts', import.meta.url));
const WRITTEN_FORM = 'src/domain/inspection/model/writtenNumbers.ts';
const folder = corporaFolder();
if (folder === undefined) {
	console.error('The corpora are not there (../shared/corpora/dev, or MCP_FIREWALL_CORPORA): nothing to learn from.');
	process.exit(2);
}

/** The weights file. */
function written(writeNumbers, { bias, gramStep, traitStep, grams, traits }) {
	return `// Written by \`npm run train:injection\`; not by hand.
import { type WrittenWeights } from './writtenWeights';

/** What the model learned. */
export const TRAINED: WrittenWeights = {
	bias: ${bias},
	gramStep: ${gramStep},
	traitStep: ${traitStep},
	grams: '${writeNumbers(grams)}',
	traits: '${writeNumbers(traits)}',
};
`;
}

const { items, code } = prepare(await load(...prepare.modules, WRITTEN_FORM), folder);
const text = written(code.writeNumbers, trainOn(sizesOf(code), items));
const digest = createHash('sha256').update(text).digest('hex');
if (process.argv.includes('--check')) {
	const same = readFileSync(FILE, 'utf8') === text;
	console.log(`${same ? 'the same' : 'NOT the same'} as the file in the project: ${digest}`);
	process.exitCode = same ? 0 : 1;
} else {
	writeFileSync(FILE, text);
	console.log(`${items.length} rows; ${text.length} bytes written, sha256 ${digest}`);
}
