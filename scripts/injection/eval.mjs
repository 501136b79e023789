// Recall and false alarms of the instruction detector: node scripts/injection/eval.mjs [--quick] [--errors SET]
// On the corpora beside the project (read from there, never copied): leave-one-source-out cross-validation of the trained
// model, with the rules, which are written by hand and know the corpora; in-sample with the shipped weights; and two keyword
// baselines, all over the same rows. --quick leaves the cross-validation out.
import { load } from './bundle.mjs';
import { BASELINES, macro, measure, percent } from './metrics.mjs';
import { prepare, trainOn } from './prepare.mjs';
import { ownRows } from './own/rows.mjs';
import { ALSO_OUT, corporaFolder, corpusRows } from './sources.mjs';

const quick = process.argv.includes('--quick');
const errors = process.argv.includes('--errors') ? process.argv[process.argv.indexOf('--errors') + 1] : undefined;
const code = await load(
	...prepare.modules,
	'src/domain/inspection/detectInstructions.ts',
	'src/domain/inspection/inspect.ts',
	'src/base/steps.ts',
);
const folder = corporaFolder();
const flagged = (text, weights) => code.runSteps(code.detectSteps(text, weights)).some(code.isOffending);
const asOwn = row => ({ ...row, set: `own ${row.family}`, tier: 'own', template: row.family });
if (folder === undefined) {
	console.log(
		'The corpora are NOT there (../shared/corpora/dev, or MCP_FIREWALL_CORPORA): only our own sentences are measured.',
	);
} else {
	corpora();
}
own();

function corpora() {
	const detectors = { ...baselineFlags(), ...(quick ? quickFlags() : crossFlags()) };
	const rows = detectors.rows;
	delete detectors.rows;
	report(rows, detectors);
	if (errors !== undefined) listErrors(rows, detectors);
}

function baselineFlags() {
	return Object.fromEntries(Object.entries(BASELINES).map(([name, test]) => [name, row => test(row.text)]));
}

function quickFlags() {
	const rows = corpusRows(folder);
	return {
		rows,
		rules: memo(rows, row => flagged(row.text, code.NO_WEIGHTS)),
		shipped: memo(rows, row => flagged(row.text, code.shippedWeights())),
	};
}

function crossFlags() {
	const { rows, items } = prepare(code, folder);
	const alone = new Map();
	const both = new Map();
	for (const group of new Set(rows.map(row => row.group))) {
		const weights = trainOn(code, items, new Set([group, ...(ALSO_OUT[group] ?? [])]));
		for (const row of rows.filter(each => each.group === group)) {
			const hits = code.runSteps(code.detectSteps(row.text, weights));
			both.set(row, hits.some(code.isOffending));
			alone.set(
				row,
				hits.some(hit => hit.rule === code.MODEL_RULE),
			);
		}
		console.error(`without ${group}: done`);
	}
	return {
		rows,
		rules: memo(rows, row => flagged(row.text, code.NO_WEIGHTS)),
		'LOSO model': row => alone.get(row),
		'LOSO rules+model': row => both.get(row),
		'in-sample': memo(rows, row => flagged(row.text, code.shippedWeights())),
	};
}

function memo(rows, test) {
	const known = new Map(rows.map(row => [row, test(row)]));
	return row => known.get(row);
}

function report(rows, detectors) {
	const names = Object.keys(detectors);
	const figures = names.map(name => measure(rows, detectors[name]));
	console.log(
		'In percent. LOSO: the model never saw the source it is measured on. That holds for the model alone: the rules are',
	);
	console.log('written by hand, by people who have seen these corpora, and so are in-sample here.');
	const line = (name, n, values) =>
		console.log(
			name.padEnd(32),
			String(n).padStart(5),
			values.map(value => value.toFixed(1).padStart(16)).join(' '),
		);
	const head = title => console.log(`\n${title.padEnd(32)}     n ${names.map(name => name.padStart(16)).join(' ')}`);
	const table = (title, key) => {
		head(title);
		for (const [name, { n }] of figures[0][key]) {
			line(
				name,
				n,
				figures.map(figure => percent(figure[key].get(name))),
			);
		}
	};
	table('recall by set', 'recall');
	head(`macro over ${figures[0].macroRecall.sets} sets of 20 rows and more`);
	line(
		'recall',
		figures[0].microRecall.n,
		figures.map(({ macroRecall }) => macroRecall.rate),
	);
	line(
		'false alarms',
		figures[0].microAlarms.n,
		figures.map(({ macroAlarms }) => macroAlarms.rate),
	);
	line(
		'recall, micro',
		figures[0].microRecall.n,
		figures.map(({ microRecall }) => percent(microRecall)),
	);
	line(
		'false alarms, micro',
		figures[0].microAlarms.n,
		figures.map(({ microAlarms }) => percent(microAlarms)),
	);
	table('recall by tier', 'tiers');
	table('recall by template', 'families');
	table('false alarms by set', 'alarms');
	table('false alarms by content', 'types');
	table('apart: recall', 'asideRecall');
	table('apart: false alarms', 'asideAlarms');
}

function listErrors(rows, detectors) {
	const judge = detectors['LOSO rules+model'] ?? detectors.shipped;
	for (const row of rows.filter(({ set }) => set === errors)) {
		if (judge(row) !== (row.label === 'injection'))
			console.log(row.label, row.template, JSON.stringify(row.text.slice(0, 300)));
	}
}

/** The fifth of our own sentences that no training sees. */
function own() {
	const rows = ownRows()
		.filter(({ split }) => split === 'test')
		.map(asOwn);
	const { recall, alarms, microRecall, microAlarms } = measure(
		rows,
		memo(rows, row => flagged(row.text, code.shippedWeights())),
	);
	console.log(
		`\nour own sentences that are kept from the training: recall ${percent(microRecall).toFixed(1)} (n=${microRecall.n}), false alarms ${percent(microAlarms).toFixed(1)} (n=${microAlarms.n})`,
	);
	console.log(
		[...recall].map(([name, count]) => `${name.slice(4)} ${percent(count).toFixed(0)} (${count.n})`).join(', '),
	);
	console.log(
		[...alarms].map(([name, count]) => `${name.slice(4)} ${percent(count).toFixed(0)} (${count.n})`).join(', '),
	);
	const macroRecall = macro(recall);
	console.log(`macro recall over ${macroRecall.sets} families: ${macroRecall.rate.toFixed(1)}`);
}
