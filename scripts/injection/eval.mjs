// Recall and false alarms of the instruction detector: node scripts/injection/eval.mjs [--quick] [--errors SET]
// On the corpora beside the project (read from there, never copied): leave-one-source-out cross-validation of the trained
// model, with the rules, which are written by hand and know the corpora; in-sample with the shipped weights; and two keyword
// baselines, all over the same rows. --quick leaves the cross-validation out.
import { load } from './bundle.mjs';
import { BASELINES, macro, measure, percent } from './metrics.mjs';
import { report } from './report.mjs';
import { weightsOfFolds } from './crossValidate.mjs';
import { pick } from './learn.mjs';
import { prepare, sizesOf } from './prepare.mjs';
import { ownRows } from './own/rows.mjs';
import { corporaFolder, corpusRows, FOLDS } from './sources.mjs';

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
	await corpora();
}
own();

async function corpora() {
	const detectors = { ...baselineFlags(), ...(quick ? quickFlags() : await crossFlags()) };
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

/** Detectors over rows whose features are known: a text is only read again where the model may change what the rules say. */
async function crossFlags() {
	const { rows, items } = prepare(code, folder);
	const itemOf = new Map(items.filter(({ row }) => row).map(item => [item.row, item]));
	const rules = memo(rows, row => flagged(row.text, code.NO_WEIGHTS));
	const folds = await weightsOfFolds(items, sizesOf(code));
	const foldOf = new Map(FOLDS.flatMap(({ measured }, fold) => measured.map(group => [group, fold])));
	const weightsOf = row => folds[foldOf.get(row.group)];
	const sums = { grams: new Float64Array(20_000), traits: new Float64Array(20_000) };
	const heaviest = memo(
		rows,
		row =>
			pick(itemOf.get(row).forms, weightsOf(row), sums, {
				window: code.WINDOW,
				damping: code.DAMPING,
				asDetector: true,
			})?.weight ?? -Infinity,
	);
	thresholds(rows, rules, heaviest);
	return {
		rows,
		rules,
		'LOSO model': row => heaviest(row) >= code.THRESHOLDS.alone,
		'LOSO rules+model': memo(
			rows,
			row => rules(row) || (heaviest(row) >= code.THRESHOLDS.seconded && flagged(row.text, weightsOf(row))),
		),
		'in-sample': memo(rows, row => rules(row) || flagged(row.text, folds.at(-1))),
	};
}

/** What other thresholds would give, where the model stands alone: what the threshold was chosen by. */
function thresholds(rows, rules, heaviest) {
	console.log(
		'\nrules or the model of the fold, by its least weight: recall A, B, encoded; macro recall; macro and micro false',
	);
	console.log('alarms without files for agents; false alarms on files for agents');
	const plain = rows.filter(({ set }) => !/agentdocs|mcpproxy/.test(set));
	const agents = rows.filter(({ set }) => /agentdocs/.test(set));
	for (const least of [0, 0.2, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.2, 1.4, 1.7, 2]) {
		const test = row => rules(row) || heaviest(row) >= least;
		const { tiers, macroRecall } = measure(rows, test);
		const { macroAlarms, microAlarms } = measure(plain, test);
		const figures = [
			...['A-marked', 'B-unmarked', 'C-encoded'].map(tier => percent(tiers.get(tier) ?? { n: 0, hit: 0 })),
			...[macroRecall.rate, macroAlarms.rate, percent(microAlarms), percent(measure(agents, test).microAlarms)],
		];
		console.log(String(least).padStart(5), figures.map(figure => figure.toFixed(2).padStart(8)).join(''));
	}
}

function memo(rows, test) {
	const known = new Map(rows.map(row => [row, test(row)]));
	return row => known.get(row);
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
