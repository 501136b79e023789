/**
 * Our own sentences for the instruction detector, as rows. They are written by us; nothing is copied from a corpus.
 * Every text is DATA to train and test a detector of prompt injection, never an instruction to who reads it.
 *
 * `ownRows()` gives `{id, text, label, family, language, kind, split, wording, span?}`; the same rows, in the same
 * order, on every machine. `span` is where the injection stands in `text` (UTF-16 units, end exclusive); a row that is an
 * injection as a whole spans the whole. `split: 'test'` is about a fifth, whole wordings at a time: never train on it.
 * As a command: `node scripts/injection/own/rows.mjs [--counts]` prints JSONL, or the counts by family and language.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { argv, stdout } from 'node:process';
import { fileURLToPath } from 'node:url';
import { CHOICE, parseOwn } from './parse.mjs';

const HERE = dirname(fileURLToPath(import.meta.url));

/** FNV-1a over UTF-16 units: picks and splits hang on the text alone, not on the place of the line. */
function hash(text) {
	let h = 0x811c9dc5;
	for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193) >>> 0;
	h = Math.imul(h ^ (h >>> 16), 0x45d9f3b) >>> 0;
	return (h ^ (h >>> 15)) >>> 0;
}

/** One in five is kept for the test. */
const splitOf = text => (hash(`split ${text}`) % 5 === 0 ? 'test' : 'train');

/** The items of a pool that belong to a split: a test wording is filled with test items, a train wording never. */
function poolItems(pools, name, lang, split) {
	const all = pools.get(`${name}.${lang}`);
	if (!all) throw new Error(`no pool ${name}.${lang}`);
	const mine = all.filter(item => splitOf(item) === split);
	return mine.length > 0 ? mine : all;
}

/** Fills the choices of a wording in `take` different ways (fewer when there are fewer). */
function fill(wording, pools, split) {
	const { text, lang } = wording;
	const texts = new Set();
	const take = text.includes('⟨') ? Number(wording.take) : 1;
	for (let round = 0; texts.size < take && round < take * 4; round++) {
		let slot = 0;
		const filled = text.replace(CHOICE, (_, inner, offset) => {
			const options = inner.startsWith('@') ? poolItems(pools, inner.slice(1), lang, split) : inner.split('|');
			// The first choice goes round; the others are drawn anew each time.
			const pick = slot === 0 ? hash(text) + round : hash(`${text} ${slot} ${round}`);
			slot++;
			return capital(text.slice(0, offset), options[pick % options.length]);
		});
		texts.add(filled);
	}
	return [...texts];
}

/** A pool item that opens a sentence gets its capital letter. */
function capital(before, item) {
	const opens = /(?:^|[.!?]\s+)$/.test(before) && /^\p{Ll}+[ ,]/u.test(item);
	return opens ? item[0].toUpperCase() + item.slice(1) : item;
}

/** Ways in which the same words may be set. Both labels get them alike, so that none of them tells a label. */
const STYLES = [
	text => text.toUpperCase(),
	text => text.toLowerCase().replace(/[.!]$/, ''),
	text => `**${text}**`,
	text => `> ${text.replaceAll('\n', '\n> ')}`,
	text => `- ${text}`,
	text => text.replace(/ /g, '  '),
	text => `"${text}"`,
	text => text.replace(/[.。।]$/u, '!'),
];

/** One text in eight is also set in another way. */
function styled(text) {
	const pick = hash(`style ${text}`);
	return pick % 8 === 0 ? STYLES[(pick >>> 8) % STYLES.length](text) : text;
}

const ESCAPES = {
	json: text => JSON.stringify(text).slice(1, -1),
	line: text => text.replace(/\n+/g, ' '),
	html: text => text,
	text: text => text,
};

/** Puts a sentence at one of the marked places of a carrier. */
function embed(carrier, sentence, seed) {
	const parts = carrier.text.split('⟦⟧');
	const place = hash(`${seed} place`) % (parts.length - 1);
	const inner = ESCAPES[carrier.escape](sentence);
	let text = '';
	let span = [0, 0];
	parts.forEach((part, index) => {
		text += part;
		if (index !== place) return;
		span = [text.length, text.length + inner.length];
		text += inner;
	});
	return { text, span };
}

/** All files of `data/`, in the order of their names. */
function readAll() {
	const all = { wordings: [], pools: new Map(), carriers: [] };
	for (const file of readdirSync(join(HERE, 'data')).sort()) {
		const one = parseOwn(file, readFileSync(join(HERE, 'data', file), 'utf8'));
		all.wordings.push(...one.wordings);
		all.carriers.push(...one.carriers);
		for (const [name, items] of one.pools) all.pools.set(name, [...(all.pools.get(name) ?? []), ...items]);
	}
	return all;
}

/** The carriers a sentence may stand in: its kind, its split; its language three times in four, else any. */
function carriersFor(carriers, wording, split, seed) {
	const able = carriers.filter(c => c.kind === wording.kind && splitOf(c.text) === split);
	const same = able.filter(c => c.lang === wording.lang);
	return same.length > 0 && hash(`${seed} lang`) % 4 > 0 ? same : able;
}

/** Every row, alone and embedded, in a fixed order. */
export function ownRows() {
	const { wordings, pools, carriers } = readAll();
	const rows = [];
	const seen = new Set();
	const add = row => {
		if (seen.has(row.text)) return;
		seen.add(row.text);
		const id = `own-${row.family}-${row.language}-${hash(row.text).toString(16).padStart(8, '0')}`;
		rows.push({ id, ...row });
	};
	for (const wording of wordings) {
		const split = wording.split || splitOf(wording.text);
		const { label, family, lang: language, kind } = wording;
		const base = { label, family, language, kind, split, wording: `${wording.file}:${wording.line}` };
		fill(wording, pools, split).forEach((text, index) => {
			for (const whole of new Set([text, styled(text)]))
				add({ text: whole, ...base, ...(label === 'injection' ? { span: [0, whole.length] } : {}) });
			if (wording.embed === 'no' || (label === 'injection' && (index + hash(text)) % 2 > 0)) return;
			const able = carriersFor(carriers, wording, split, text);
			if (able.length === 0) return;
			const put = embed(able[hash(`${text} carrier`) % able.length], text, text);
			add({ text: put.text, ...base, ...(label === 'injection' ? { span: put.span } : {}), embedded: true });
		});
	}
	for (const carrier of carriers) {
		const { lang: language, kind } = carrier;
		const wording = `${carrier.file}:${carrier.line}`;
		const text = carrier.text.replaceAll('⟦⟧', '').trim();
		add({ text, label: 'benign', family: 'carrier', language, kind, split: splitOf(carrier.text), wording });
	}
	return rows;
}

/** Rows per label, family, language and split. */
function counts(rows) {
	const table = {};
	for (const row of rows)
		for (const key of [
			row.label,
			`${row.label} ${row.split}`,
			`family ${row.family} ${row.label}`,
			`lang ${row.language} ${row.label}`,
		])
			table[key] = (table[key] ?? 0) + 1;
	return Object.entries(table).sort(([a], [b]) => (a < b ? -1 : 1));
}

if (argv[1] === fileURLToPath(import.meta.url)) {
	const rows = ownRows();
	if (argv.includes('--counts'))
		for (const [key, n] of counts(rows)) stdout.write(`${String(n).padStart(6)} ${key}\n`);
	else for (const row of rows) stdout.write(`${JSON.stringify(row)}\n`);
}
