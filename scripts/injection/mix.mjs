// The rows that the model learns from: those of the corpora, and instructions put into surroundings they did not come with.
import { featuresOf } from './features.mjs';
import { randomFrom } from './learn.mjs';

/** Benign sets whose texts surround an instruction, each drawn from alike. */
const SURROUNDINGS = [
	'dev_ben_agent_observations',
	'dev_ben_api_json',
	'dev_ben_bipia_contexts',
	'dev_ben_commits_diffs',
	'dev_ben_devcontent',
	'dev_ben_github_issues',
	'dev_ben_manpages_tldr',
	'dev_ben_mcp_tooldesc',
	'dev_ben_agentdojo_core',
];
const SEED = 6;

/** What our own rows hold of an instruction. */
const ownInstruction = row => (row.label === 'injection' ? row.text.slice(...row.span) : undefined);

/**
 * Composed rows: `{groups, text, instruction}`; a fold that leaves out one of the groups leaves out the row. `each`: how
 * many for each source of instructions.
 */
export function compose(rows, own, each) {
	const random = randomFrom(SEED);
	const pools = SURROUNDINGS.map(set => rows.filter(row => row.set === set && row.text.length < 3500)).filter(
		pool => pool.length > 0,
	);
	const instructions = new Map();
	for (const row of rows) {
		if (row.label === 'injection' && row.instruction !== undefined && row.kind !== 'user_prompt') {
			const list = instructions.get(row.group) ?? new Set();
			instructions.set(row.group, list.add(row.instruction));
		}
	}
	const ours = own.filter(row => row.label === 'injection' && !row.embedded).map(row => row.text);
	if (ours.length > 0) {
		instructions.set('own', new Set(ours));
	}
	const out = [];
	for (const [group, set] of instructions) {
		const list = [...set].sort();
		const times = Math.max(1, Math.round((group === 'own' ? 2 : 1) * (each / list.length)));
		for (const instruction of list) {
			for (let time = 0; time < times; time++) {
				const pool = pools[Math.floor(random() * pools.length)];
				const around = pool[Math.floor(random() * pool.length)];
				out.push({
					groups: [group, around.group],
					instruction,
					text: insert(around.text, instruction, random),
				});
			}
		}
	}
	return out;
}

function insert(text, instruction, random) {
	const place = random();
	const glue = ['\n', ' ', '\n\n', '. ', '\n- ', '\n# '][Math.floor(random() * 6)];
	if (/^\s*[[{]/.test(text)) {
		// Into a string of the JSON.
		const ends = [...text.matchAll(/[\w.]"(?=[,\n}])/g)];
		const end = ends[Math.floor(random() * ends.length)];
		if (end !== undefined) {
			const at = end.index + 1;
			const inner = JSON.stringify(instruction).slice(1, -1);
			return `${text.slice(0, at)} ${inner}${text.slice(at)}`;
		}
	}
	if (place < 0.25) return `${instruction}${glue}${text}`;
	if (place < 0.6) return `${text}${glue}${instruction}`;
	const breaks = [...text.matchAll(/\n+|[.!?] /g)];
	const at = breaks[Math.floor(random() * breaks.length)];
	if (at === undefined) return `${text}${glue}${instruction}`;
	const cut = at.index + at[0].length;
	return `${text.slice(0, cut)}${instruction}${at[0]}${text.slice(cut)}`;
}

/** The rows of one training, weighed so that each source and each template within it counts alike. */
export function trainingRows(items, out = new Set()) {
	const kept = items.filter(({ groups }) => !groups.some(group => out.has(group)));
	const counts = new Map();
	const templates = new Map();
	for (const { y, source, template } of kept) {
		const key = `${y} ${source}`;
		counts.set(key, (counts.get(key) ?? 0) + 1);
		const names = templates.get(key) ?? new Map();
		templates.set(key, names.set(template, (names.get(template) ?? 0) + 1));
	}
	return kept.map(item => {
		const key = `${item.y} ${item.source}`;
		const names = templates.get(key);
		const share = 1 / names.size / names.get(item.template);
		return { y: item.y, forms: item.forms, weight: weightOf(item, share, counts.get(key)) };
	});
}

/** What all positive rows of a source weigh together; a row weighs no more than the limit. */
const SOURCE_WEIGHT = 350;
const LIMIT = 4;

function weightOf({ y, factor }, share, count) {
	return y === 1 ? Math.min(SOURCE_WEIGHT * share * factor, LIMIT) : Math.min(1, 900 / count) * factor;
}

/** Grids of few templates and goals are learnt from a part of their rows: the rest says the same. */
const GRID_ROWS = 120;
function drawn(row, y, grid) {
	if (y === 0) return true;
	const count = (grid.get(row.template) ?? 0) + 1;
	grid.set(row.template, count);
	return count % 3 === 0 && count / 3 <= GRID_ROWS ? true : !/^(?:agentdojo|asb|garak|bipia):/.test(row.template);
}

/** Sets whose benign texts quote attacks: what they say is benign for where it stands, which the model cannot see. */
const QUOTING = /security_docs|mcpproxy/;

/** Everything with its features; the expensive part, done once. */
export function itemsOf(code, rows, own, composed) {
	const items = [];
	const grid = new Map();
	for (const row of rows) {
		const y = row.label === 'injection' ? 1 : 0;
		items.push({
			...{ y, row, source: row.set, template: y === 1 ? row.template : row.set, groups: [row.group] },
			factor: row.kind === 'user_prompt' ? 0.4 : QUOTING.test(row.set) && y === 0 ? 0.15 : 1,
			forms: featuresOf(code, row.text, row.instruction),
			learnt: row.tier !== 'C-encoded' && drawn(row, y, grid),
		});
	}
	for (const { groups, text, instruction } of composed) {
		items.push({
			...{
				y: 1,
				source: `composed ${groups[0]}`,
				template: 'composed',
				groups,
				factor: groups[0] === 'own' ? 6 : 1.5,
			},
			forms: featuresOf(code, text, instruction),
			learnt: true,
		});
	}
	for (const row of own) {
		const y = row.label === 'injection' ? 1 : 0;
		items.push({
			...{ y, source: 'own', template: row.family, groups: ['own'], factor: y === 1 ? 6 : 5, learnt: true },
			forms: featuresOf(code, row.text, ownInstruction(row)),
		});
	}
	return items;
}
