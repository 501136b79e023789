// Recall, false positives and speed of the inspection rules on the corpora beside the project (read from there, never
// copied). Run with: node bench/inspection.mjs [--misses SET] [--alarms SET]
import { build } from 'esbuild';
import { existsSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const corpora = [process.env.MCP_FIREWALL_CORPORA, join(root, '../shared/corpora/dev')].find(
	dir => dir && existsSync(dir),
);

async function load(entry) {
	const outfile = join(mkdtempSync(join(tmpdir(), 'inspection-')), 'bundle.mjs');
	await build({ entryPoints: [join(root, entry)], bundle: true, outfile, format: 'esm', platform: 'node' });
	return import(pathToFileURL(outfile).href);
}

const { inspectValue, isOffending } = await load('src/domain/inspection/inspect.ts');
const offending = text => inspectValue(text).filter(isOffending);
const percent = (part, whole) => (whole === 0 ? '-' : `${((100 * part) / whole).toFixed(1)}`);
const option = name => (process.argv.includes(name) ? process.argv[process.argv.indexOf(name) + 1] : undefined);

/** @param {(row: { label: string, text: string }) => void} visit */
function evaluate() {
	const tiers = new Map();
	const sets = [];
	const kinds = new Map();
	for (const file of readdirSync(corpora)
		.filter(name => name.endsWith('.jsonl'))
		.sort()) {
		const set = {
			name: file.replace('.jsonl', ''),
			positives: 0,
			found: 0,
			negatives: 0,
			alarms: 0,
			rules: new Map(),
		};
		for (const line of readFileSync(join(corpora, file), 'utf8').split('\n')) {
			if (line.trim() === '') continue;
			const row = JSON.parse(line);
			const hits = offending(row.text);
			const flagged = hits.length > 0 ? 1 : 0;
			const tier = tiers.get(row.tier) ?? { n: 0, found: 0 };
			const kind = kinds.get(row.kind) ?? { positives: 0, found: 0, negatives: 0, alarms: 0 };
			if (row.label === 'injection') {
				set.positives += 1;
				set.found += flagged;
				kind.positives += 1;
				kind.found += flagged;
				tiers.set(row.tier, { n: tier.n + 1, found: tier.found + flagged });
				if (option('--misses') === set.name && !flagged) console.log(JSON.stringify(row.text.slice(0, 400)));
			} else {
				set.negatives += 1;
				set.alarms += flagged;
				if (set.name !== 'dev_ben_security_docs') {
					kind.negatives += 1;
					kind.alarms += flagged;
				}
				for (const hit of hits) {
					set.rules.set(hit.rule, (set.rules.get(hit.rule) ?? 0) + 1);
					if (option('--alarms') === set.name) {
						const text = row.text.slice(Math.max(0, hit.span.start - 60), hit.span.end + 60);
						console.log(hit.rule, JSON.stringify(text));
					}
				}
			}
			kinds.set(row.kind, kind);
		}
		sets.push(set);
	}
	report(sets, tiers, kinds);
}

function report(sets, tiers, kinds) {
	console.log('set                               inj  recall%    ben   FPR%  rules behind false positives');
	for (const set of sets) {
		const rules = [...set.rules]
			.sort((a, b) => b[1] - a[1])
			.slice(0, 5)
			.map(([id, n]) => `${id}:${n}`)
			.join(' ');
		const figures = [
			set.positives,
			percent(set.found, set.positives),
			set.negatives,
			percent(set.alarms, set.negatives),
		];
		console.log(set.name.padEnd(30), figures.map(figure => String(figure).padStart(7)).join(' '), '', rules);
	}
	for (const [tier, { n, found }] of tiers) console.log(`tier ${tier}: n=${n} recall ${percent(found, n)} %`);
	for (const [kind, k] of kinds) {
		const recall = `recall ${percent(k.found, k.positives)} % (n=${k.positives})`;
		console.log(
			`kind ${kind}: ${recall}, FPR ${percent(k.alarms, k.negatives)} % (n=${k.negatives}, without security docs)`,
		);
	}
	const mean = values => (values.reduce((sum, value) => sum + value, 0) / values.length).toFixed(1);
	const inj = sets.filter(set => set.positives >= 20);
	const ben = sets.filter(set => set.negatives >= 20 && set.name !== 'dev_ben_security_docs');
	console.log(`macro recall over ${inj.length} sets: ${mean(inj.map(set => (100 * set.found) / set.positives))} %`);
	console.log(`macro FPR over ${ben.length} sets: ${mean(ben.map(set => (100 * set.alarms) / set.negatives))} %`);
}

function speed() {
	const line =
		'The server returns a list of entries; you must pass a path which exists, and the call fails otherwise.\n';
	const samples = {
		'clean prose 10 kB': line.repeat(100).slice(0, 10_000),
		'escaped JSON 10 kB': JSON.stringify(JSON.stringify({ text: line.repeat(100) })).slice(0, 10_000),
		'non-ASCII 10 kB': 'Größe übertragen, naïve 文字 и слова. '.repeat(400).slice(0, 10_000),
		'base64 10 kB': Buffer.from(line.repeat(80)).toString('base64').slice(0, 10_000),
	};
	for (const [name, text] of Object.entries(samples)) {
		const times = [];
		for (let run = 0; run < 300; run += 1) {
			const start = performance.now();
			inspectValue(text);
			times.push(performance.now() - start);
		}
		times.sort((a, b) => a - b);
		console.log(`${name}: p50 ${times[150].toFixed(2)} ms, p99 ${times[297].toFixed(2)} ms`);
	}
	const hostile = {
		ignore: 'ignore ',
		'ignore all the previous': 'ignore all the previous ',
		'before you': 'before you do the ',
		send: 'send api_key ',
		backslashes: '\\',
		hex: '69 ',
		'do not tell': 'do not tell a b ',
		'must read': 'must also read ',
		system: '\nsystem: ',
		'<system>': '<system> ',
		'![](http': '![a](http://a?b=',
		'human:': '\n\nhuman: a',
		a: 'a ',
		zero: 'a\u200b',
	};
	for (const [name, unit] of Object.entries(hostile)) {
		const times = [250_000, 1_000_000, 4_000_000].map(size => {
			const text = unit.repeat(size / unit.length);
			const start = performance.now();
			inspectValue(text);
			return performance.now() - start;
		});
		console.log(`hostile "${name}": ${times.map(time => time.toFixed(0)).join(' / ')} ms at 0.25 / 1 / 4 MB`);
	}
}

if (corpora) evaluate();
else console.log('Corpora not found (../shared/corpora/dev, or MCP_FIREWALL_CORPORA): recall and FPR not measured.');
speed();
