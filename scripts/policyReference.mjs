// `npm run docs:policy`: writes docs/policy-reference.md from policies/policy.schema.json. `--print` writes to standard output
// instead. The same schema gives the same bytes.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import * as prettier from 'prettier';
import { stringify } from 'yaml';

const root = path.resolve(import.meta.dirname, '..');
const file = path.join(root, 'docs/policy-reference.md');
const schema = JSON.parse(readFileSync(path.join(root, 'policies/policy.schema.json'), 'utf8'));
const EFFECTS = ['deny', 'require_approval', 'allow'];
/** What an example rule is about, where `filesystem.read` would make no sense of the key. */
const ABOUT = {
	hosts: 'network.request',
	args: 'payments.transfer',
	contains: 'memory.write',
	match_keywords: 'network.send',
	match_regex: 'network.send',
	labels: 'network.*',
	direction: 'client.sampling',
	reason: 'database.drop',
	id: 'database.drop',
	description: 'database.drop',
	servers: 'memory.*',
	tools: 'github.write',
	approval: 'git.write',
	limits: 'github.read',
	instead_of: 'filesystem.write',
	trust_level: 'memory.read',
	until: 'git.write',
};
/** Which section an example stands in, where the first that takes the key would mislead. */
const STANDS_IN = { until: 'allow', trust_level: 'allow', limits: 'allow', path_prefix: 'allow', servers: 'allow' };

/** What else has to stand in an example, so that it is right. */
const BESIDE = {
	instead_of: {
		require_approval: [
			{ id: 'write-workspace', capability: 'filesystem.write', path_prefix: '${workspaceFolder}' },
		],
	},
};
const NARROWED = { instead_of: { path_prefix: '${workspaceFolder}/docs' } };

const follow = shape => {
	if (shape.$ref === undefined) return shape;
	const found = schema.definitions[shape.$ref.replace('#/definitions/', '')];
	return { ...found, ...(shape.description && { description: shape.description }) };
};
const choices = shape => (shape.oneOf ?? shape.anyOf ?? [shape]).map(follow).filter(each => each.type !== 'null');
const mapping = shape => choices(follow(shape)).find(each => each.properties !== undefined);
const rule = effect => schema.definitions[`${effect}_rule`].oneOf.find(each => each.type === 'object');
const code = value => `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``;

/** What a value may be, in words. */
function typeOf(shape) {
	const kinds = choices(follow(shape)).flatMap(each => {
		if (each.enum !== undefined) return [each.type === 'boolean' ? 'a truth value' : 'a word'];
		if (each.oneOf !== undefined || each.anyOf !== undefined) return [typeOf(each)];
		if (each.type === 'array') return [`a list of ${many(each.items)}`];
		if (each.type === 'object') return ['a mapping'];
		const types = [each.type].flat().filter(type => type !== 'null' || each.type.length > 2);
		return types.map(
			type =>
				({ string: 'text', integer: 'a whole number', number: 'a number', null: 'null' })[type] ??
				'`true` or `false`',
		);
	});
	return [...new Set(kinds)].join(', or ');
}

function many(items) {
	const [first] = choices(follow(items));
	if (items.$ref?.endsWith('_rule')) return items.$ref.includes('answer') ? 'mappings' : 'rules';
	if (items.$ref !== undefined) return 'mappings';
	if (first.type === 'object') return 'mappings';
	return first.enum === undefined ? ([first.type].flat().length > 1 ? 'values' : 'texts') : 'words';
}

/** Allowed words and bounds. */
function boundsOf(shape) {
	const bounds = choices(follow(shape)).flatMap(each => {
		const one = each.items === undefined ? each : follow(each.items);
		return [
			...(one.enum === undefined ? [] : [`one of ${one.enum.map(code).join(', ')}`]),
			...(one.minimum === undefined
				? []
				: [`from ${one.minimum}${one.maximum === undefined ? '' : ` to ${one.maximum}`}`]),
			...(one.pattern === undefined ? [] : [`form ${code(one.pattern)}`]),
			...(one.maxLength === undefined
				? []
				: [`at most ${one.maxLength} characters${each.items === undefined ? '' : ' each'}`]),
			...(each.minItems === undefined ? [] : ['not empty']),
			...(each.maxItems === undefined ? [] : [`at most ${each.maxItems} items`]),
			...(each.maxProperties === undefined ? [] : [`at most ${each.maxProperties} keys`]),
			...(each.minProperties === undefined ? [] : ['not empty']),
			...(typeof each.additionalProperties?.pattern !== 'string'
				? []
				: [`values of the form ${code(each.additionalProperties.pattern)}`]),
			...(each.propertyNames === undefined ? [] : [`keys of the form ${code(each.propertyNames.pattern)}`]),
		];
	});
	const found = [...new Set(bounds)];
	return found.filter(each => !found.includes(`${each} each`)).join('; ');
}

const defaultOf = shape => (follow(shape).default === undefined ? '' : code(follow(shape).default));

function facts(shape) {
	const rows = [
		['type', typeOf(shape)],
		['allowed', boundsOf(shape)],
		['when missing', defaultOf(shape)],
	].filter(([, value]) => value !== '');
	return `${rows.map(([name, value]) => `- ${name}: ${value}`).join('\n')}\n`;
}

function example(wrap, shape) {
	const [value] = follow(shape).examples ?? [];
	return value === undefined ? '' : `\n\`\`\`yaml\n# policy\n${stringify(wrap(value), { lineWidth: 100 })}\`\`\`\n`;
}

const entry = (title, shape, wrap) =>
	`${title}\n\n${follow(shape).description ?? choices(follow(shape))[0].description ?? ''}\n\n${facts(shape)}${example(wrap, shape)}`;

function ruleEntry(key) {
	const takes = EFFECTS.filter(effect => key in rule(effect).properties);
	const effect = STANDS_IN[key] ?? takes[0];
	const shape = rule(takes[0]).properties[key];
	const capability = ABOUT[key] ?? 'filesystem.read';
	const isRequired = rule(effect).required.includes(key);
	const stands = `- stands in: ${takes.map(code).join(', ')}${isRequired ? '; required' : ''}\n`;
	const described = key === 'capability' ? follow({ $ref: '#/definitions/capability' }).description : undefined;
	const shown = key === 'capability' ? { ...shape, examples: ['filesystem.read'], description: described } : shape;
	const wrap = value => ({
		...BESIDE[key],
		[effect]: [key === 'capability' ? { capability: value } : { ...NARROWED[key], capability, [key]: value }],
	});
	return entry(`### ${code(key)}`, { ...follow(shown), ...shown, $ref: undefined }, wrap).replace(
		'\n\n- type',
		`\n\n${stands}- type`,
	);
}

/** A row for each key of a mapping. */
function rows(shape) {
	const { properties, required = [] } = mapping(shape);
	const cells = Object.entries(properties).map(([key, value]) => {
		const bounds = boundsOf(value);
		const takes = `${typeOf(value)}${bounds === '' ? '' : ` (${bounds})`}`;
		const missing = required.includes(key) ? 'an error' : defaultOf(value);
		return `| ${code(key)} | ${takes.replaceAll('|', '\\|')} | ${missing} | ${follow(value).description ?? ''} |`;
	});
	return `| key | value | when missing | meaning |\n| --- | --- | --- | --- |\n${cells.join('\n')}\n`;
}

const KEYS = [...new Set(EFFECTS.flatMap(effect => Object.keys(rule(effect).properties)))];
const top = Object.keys(schema.properties);
const { inspection, answer_rule: answers, suppression, argument } = schema.definitions;
const identity = mapping(schema.properties.identity);
const IDENTITY = value => ({ identity: value, allow: ['memory.read'] });

const page = `# Policy reference

<!-- Written by npm run docs:policy from policies/policy.schema.json; a test holds the two together. Do not edit. -->

Every key that a policy may have: what it takes, what counts when it is missing, and where it stands. How rules play together,
what a call without a path or URL means for a condition, and the lists of capabilities, labels, classes of hosts and protected
places are explained in [the guide to the language](../policies/README.md); policies for real servers are in
[the recipes](recipes/README.md). \`mcp-firewall policy check FILE\` says what is wrong with a policy, and where.

A policy is one YAML file. A key that is not listed here is an error, and a policy with an error denies
everything until it is mended.

## At a glance

| key of a rule | ${EFFECTS.map(code).join(' | ')} |
| --- | --- | --- | --- |
${KEYS.map(key => `| [${code(key)}](#${key}) | ${EFFECTS.map(effect => (key in rule(effect).properties ? 'yes' : '')).join(' | ')} |`).join('\n')}

Instead of a mapping, a rule may be a capability alone: \`- shell.*\`.

## Keys at the top

All may be left out.

${top.map(key => entry(`### ${code(key)} at the top`, schema.properties[key], value => ({ [key]: value, ...(EFFECTS.includes(key) ? {} : { allow: ['memory.read'] }) }))).join('\n')}
### Keys of \`settings\`

In a file of the organisation alone; in any other it is ignored, with a warning. What each means for people stands in
[the guide](../policies/README.md).

${rows(schema.properties.settings)}
## Keys of a rule

${KEYS.map(ruleEntry).join('\n')}
## Conditions of \`args\`

${argument.description}

${rows(argument)}
\`\`\`yaml
# policy
${stringify({ allow: [{ capability: 'shell.execute', args: { '/command': { programs: ['ls', 'git status'] }, '/cwd': { equals: '/srv/app' } } }] })}\`\`\`

## Keys of \`limits\`

${rows(rule('allow').properties.limits)}
## Keys of \`approval\`

${rows(rule('require_approval').properties.approval)}
## Keys of \`inspection\`

${rows(inspection)}
### \`inspection.answers\`, each entry

${rows(answers)}
### \`inspection.suppress\`, each entry

${rows(suppression)}
### \`inspection.results\`

${rows(inspection.properties.results)}
### \`inspection.outgoing\`

${rows(inspection.properties.outgoing)}
### \`inspection.outgoing.personal_data\`

${rows(inspection.properties.outgoing.properties.personal_data)}
\`\`\`yaml
# policy
${stringify({ inspection: { answers: [{ effect: 'withhold', severity: 'high' }], results: { secrets: 'mask' }, outgoing: { secrets: 'refuse', personal_data: { card: 'redact' } } }, allow: ['compute.run'] })}\`\`\`

## Keys of \`identity\`

${rows(identity)}
### Terms in \`servers\`, \`capabilities\` and \`tools\`

${rows(schema.definitions.identity_terms)}
${example(IDENTITY, schema.properties.identity).trim()}
`;

const text = await prettier.format(page, { ...(await prettier.resolveConfig(file)), parser: 'markdown' });
if (process.argv.includes('--print')) process.stdout.write(text);
else writeFileSync(file, text);
