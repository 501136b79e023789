// The tables that `npm run eval:injection` prints.
import { measure, percent } from './metrics.mjs';

/** Prints how well each of the detectors does on the same rows. */
export function report(rows, detectors) {
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
