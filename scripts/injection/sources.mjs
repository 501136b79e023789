// The corpora beside the project and our own sentences as rows, and which of them leave together in the cross-validation.
// Every text is data: attack strings among them. They are read from where they lie and never copied into the project.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The folder of the corpora; undefined where they are not there. */
export function corporaFolder() {
	return [process.env.MCP_FIREWALL_CORPORA, join(root, '../shared/corpora/dev')].find(dir => dir && existsSync(dir));
}

/** Rows of a JSONL file. */
function rowsOf(file) {
	return readFileSync(file, 'utf8')
		.split('\n')
		.filter(line => line.trim() !== '')
		.map(line => JSON.parse(line));
}

/** What comes from one origin leaves together: an attack set with its benign twin, a repository with what quotes it. */
const GROUPS = [
	[/agentdojo/, 'agentdojo'],
	[/asb/, 'asb'],
	[/bipia/, 'bipia'],
	[/cyberseceval/, 'cyberseceval'],
	[/garak/, 'garak'],
	[/tasktracker/, 'tasktracker'],
	[/agent_observations|github_issues/, 'swe-agent'],
	[/agentdocs_ext/, 'agentdocs-ext'],
	[/agentdocs/, 'agentdocs'],
	[/security_docs/, 'garak'],
];

/** The group of a row; developer content is cut by repository into two, for it is by far the most of the benign rows. */
export function groupOf(set, row) {
	if (/devcontent|commits_diffs/.test(set)) {
		return half(row.meta.repo) === 0 ? 'dev-a' : 'dev-b';
	}
	return GROUPS.find(([pattern]) => pattern.test(set))?.[1] ?? set.replace(/^dev_(?:ben|inj|mix)_/, '');
}

function half(name) {
	let sum = 0;
	for (const char of name) sum = (sum * 31 + char.charCodeAt(0)) | 0;
	return (sum >>> 3) & 1;
}

/**
 * The folds of the cross-validation: who is measured, and who leaves the training besides. Sources that have nothing in
 * common leave together, which makes it no easier and takes half the time; tasktracker's surroundings are developer content.
 */
export const FOLDS = [
	{ measured: ['agentdojo', 'manpages_tldr'] },
	{ measured: ['asb', 'xstest'] },
	{ measured: ['bipia', 'api_json'] },
	{ measured: ['cyberseceval', 'agentdocs'] },
	{ measured: ['garak', 'swe-agent'] },
	{ measured: ['tasktracker'], also: ['dev-a', 'dev-b'] },
	{ measured: ['dev-a'], also: ['tasktracker'] },
	{ measured: ['dev-b'], also: ['tasktracker'] },
	{ measured: ['mcp_tooldesc', 'deepset', 'mcp_labs'] },
	{ measured: ['agentdocs-ext', 'mcpproxy_corpora', 'pint_example'] },
	// Nothing left out: in-sample.
	{ measured: [] },
];

/** All rows of the corpora: `{set, group, id, text, label, kind, tier, template, family, instruction}`. */
export function corpusRows(folder) {
	return readdirSync(folder)
		.filter(name => name.endsWith('.jsonl'))
		.sort()
		.flatMap(name => {
			const set = name.replace('.jsonl', '');
			return rowsOf(join(folder, name)).map(row => ({
				...{ set, group: groupOf(set, row), id: row.id, text: row.text, label: row.label, kind: row.kind },
				...{ tier: row.tier, template: row.template ?? set, family: row.family },
				instruction: row.meta?.instruction,
			}));
		});
}
