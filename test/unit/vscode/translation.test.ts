import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { afterEach, describe, expect, it } from 'vitest';
import { phrase } from '../../../src/base/phrase';
import { TRUST_WORDS } from '../../../src/shared/trustProtocol';
import { commandIds } from '../../../src/vscode/contributions';
import { fillIn } from '../../../src/base/fillIn';
import { saidTable, say, sayCount, speakWith } from '../../../src/vscode/say';
import { JSON_ERRORS } from '../support/jsonErrors';

type Texts = Readonly<Record<string, string>>;

const root = process.cwd();
const read = (...path: string[]) => JSON.parse(readFileSync(join(root, ...path), 'utf8')) as Texts;
const english = read('package.nls.json');
const german = read('package.nls.de.json');
const bundle = read('l10n', 'bundle.l10n.de.json');
const ignore = readFileSync(join(root, '.vscodeignore'), 'utf8');

/** The same word in both languages. */
const SAME = new Set([
	...[
		'MCP Firewall',
		'MCP',
		'Start',
		'Status',
		'Transport',
		'Prompt',
		'Prompts',
		'Tool',
		'Tools',
		'Trace',
		'Version',
	],
	...['+ Filter', 'Filter', 'Agent', 'Client', 'Label', 'Labels', 'Name', 'Schema', 'Server'],
	...['Server: {0}', 'Server {0}, {1}', 'Tool: {0}', '{0} h {1} min', '{0} min', '{0} (SHA-256 {1}…)'],
]);

/** A word of ours (HOUSE: one meaning each), and what it has to be in German, whatever its form. */
const TERMS: readonly (readonly [word: RegExp, name: RegExp])[] = [
	[/\bapprov/i, /genehmig|require_approval/i],
	[/\ballow(?:s|ed)?\b/i, /zulass|zugelassen|zulässt|lässt.* zu|allow/i],
	[/\b(?:deny|den(?:ies|ied)|refus)/i, /ablehn|abgelehnt|lehn.* ab|deny/i],
	[/\bguard(?:s|ed|ing)?\b/i, /schütz|schutz/i],
	[/\breview/i, /überprüf/i],
	[/\bpin(?:s|ned)?\b/i, /fest.*schr|schreib.*fest/i],
	[/\btrail\b/i, /protokoll/i],
	[/\bwithh(?:e|o)ld/i, /zurückgeh|zurückhal|zurückzuhalten|vorenthalten/i],
	[/\bsuspend/i, /aussetz|ausgesetzt/i],
	[/\brevo[kc]/i, /sperr|entz|zurücknehm/i],
	[/\bgrant/i, /freigabe/i],
	[/\bbadge/i, /ausweis/i],
	[/\bcapabilit/i, /fähigkeit|capabilit/i],
	[/\bpassword/i, /kennw/i],
	[/\blaunch/i, /startbefehl/i],
];

/** Where such a word means something else. */
const OTHERWISE = new Map<string, string>([
	['Refuse These', 'stands beside “Alle ablehnen”, which does more'],
	['The text asks to change what the agent remembers, is allowed or runs later.', 'of an agent, not of a rule'],
	['Workspace settings, tasks and launch files start programs.', 'launch.json of VS Code'],
	[
		"This holds only when '{0}' is given; a tool may take the same for granted when it is missing. Allow by the value that you do want instead.",
		'taken for granted, which nobody gives',
	],
]);

/** What a translation must not change: placeholders, code, links, commands, settings. */
function fixed(text: string): readonly string[] {
	const found = [
		...text.matchAll(/\{\d+\}/g),
		...text.matchAll(/`[^`]*`/g),
		...text.matchAll(/\]\(([^)]*)\)/g),
		...text.matchAll(/RFC-\d+/g),
		...text.matchAll(/\$\([\w-]+\)/g),
		...text.matchAll(/…\]|…$/g),
	];
	return found.map(([all, inner]) => inner ?? all).sort();
}

describe('package.nls.de.json', () => {
	it('has a text for every key, and for no other', () => {
		expect(Object.keys(german).sort()).toEqual(Object.keys(english).sort());
	});

	it.each(Object.keys(english))('%s: the same placeholders, code, links and ellipses; not left in English', key => {
		const [en, de] = [english[key] ?? '', german[key] ?? ''];
		expect(fixed(de)).toEqual(fixed(en));
		expect(de.trim()).not.toBe('');
		expect(de === en && !SAME.has(en)).toBe(false);
		expect(de.split('\n').length).toBe(en.split('\n').length);
	});

	it('names commands by the titles that they have in German', () => {
		const titles = Object.keys(commandIds).map(name => german[`command.${name}`]);
		const named = Object.values(german).flatMap(text => [...text.matchAll(/\*\*MCP Firewall: (.+?)\*\*/g)]);
		expect(named.length).toBeGreaterThan(0);
		expect(named.map(([, title]) => title).filter(title => !titles.includes(title))).toEqual([]);
		for (const [text, label, id] of Object.values(german).flatMap(each => [
			...each.matchAll(/\[([^\]]+)\]\(command:mcpFirewall\.(\w+)\)/g),
		])) {
			expect([text, label]).toEqual([text, german[`command.${id ?? ''}`]]);
		}
	});

	it('is shipped, and so is the bundle', () => {
		expect(ignore).toContain('!package.nls.de.json\n');
		expect(ignore).toContain('!l10n/bundle.l10n.de.json\n');
		expect(read('package.json').l10n).toBe('./l10n');
	});
});

describe('l10n/bundle.l10n.de.json', () => {
	const said = saidTexts();
	const known = new Set([...said, ...phrases(), ...sentences(), ...tables(), ...descriptions()]);

	it('has every text that say() is given as a literal, and no text that nobody says', () => {
		expect([...said].filter(text => bundle[text] === undefined)).toEqual([]);
		expect(Object.keys(bundle).filter(text => !known.has(text))).toEqual([]);
	});

	it('has every phrase, whichever room hands it up for whoever reads it', () => {
		expect(phrases().size).toBeGreaterThan(80);
		expect([...phrases()].filter(text => bundle[text] === undefined)).toEqual([]);
	});

	it('a phrase is given as a literal, so that none is overlooked here', () => {
		expect(unreadablePhrases()).toEqual([]);
	});

	it('has every sentence of other rooms that is said as it stands', () => {
		expect([...sentences(), ...tables()].filter(text => bundle[text] === undefined)).toEqual([]);
	});

	it('has every description of the schema of policies, which completion and hover show', () => {
		expect(descriptions().size).toBeGreaterThan(100);
		expect([...descriptions()].filter(text => bundle[text] === undefined)).toEqual([]);
	});

	it('what is verified is a word that stands for nothing else: a check that was made is no proof', () => {
		for (const word of ['Verified', 'verified']) {
			const same = Object.keys(bundle).filter(
				key => key.toLowerCase() !== 'verified' && bundle[key]?.toLowerCase() === bundle[word]?.toLowerCase(),
			);
			expect(same).toEqual([]);
		}
	});

	it.each(Object.entries(bundle))('“%s” keeps its placeholders and is not left in English', (en, de) => {
		expect(fixed(de)).toEqual(fixed(en));
		expect(de === en && !SAME.has(en)).toBe(false);
	});

	it('has no brace that takes a placeholder with it: VS Code reads all between two as a name', () => {
		const lost = Object.entries(bundle).filter(([, de]) => {
			const names = [...de.matchAll(/\{([^}]+)\}/g)].map(([, name]) => name);
			return [...de.matchAll(/\{(\d+)\}/g)].some(([, name]) => !names.includes(name));
		});
		expect(lost).toEqual([]);
	});

	it('names commands by the titles that they have in German', () => {
		const titles = Object.keys(commandIds).map(name => german[`command.${name}`]);
		const named = Object.values(bundle).flatMap(text => [...text.matchAll(/[„"]MCP Firewall: ([^“”"]+)[“”"]/g)]);
		expect(named.length).toBeGreaterThan(0);
		expect(named.map(([, title]) => title).filter(title => !titles.includes(title))).toEqual([]);
	});
});

describe('one thing has one name in German, wherever it is said', () => {
	const said = [
		...Object.entries(bundle),
		...Object.keys(english).map(key => [english[key] ?? '', german[key] ?? '']),
	]
		// Names of settings, keys of a policy and commands are no words.
		.map(pair => pair.map(text => text.replaceAll(/`[^`]*`|\]\([^)]*\)/g, '')));

	it.each(TERMS)('%s: %s', (word, name) => {
		const about = said.filter(([en = '']) => word.test(en) && !OTHERWISE.has(en));
		expect(about.length).toBeGreaterThan(3);
		expect(about.filter(([, de = '']) => !name.test(de))).toEqual([]);
	});

	it('words that were given up do not come back', () => {
		expect(said.filter(([, de = '']) => /zustimm|erlaub|passwor/i.test(de))).toEqual([]);
	});

	it('has no exception that nobody needs', () => {
		const texts = new Set(said.map(([en]) => en));
		expect([...OTHERWISE.keys()].filter(text => !texts.has(text))).toEqual([]);
	});
});

describe('what a person reads', () => {
	it('is said: no literal goes to a message, a picker, an input, a progress or a button as it stands', () => {
		expect(unsaid().filter(text => !AS_THEY_STAND.has(text))).toEqual([]);
	});

	it('is said in the pages: no text and no label of a template stands as it is', () => {
		expect(unsaidInPages()).toEqual([]);
	});

	it('has no exception that nobody needs', () => {
		const found = new Set(unsaid());
		expect([...AS_THEY_STAND.keys()].filter(text => !found.has(text))).toEqual([]);
	});
});

describe('saidTable', () => {
	afterEach(() => {
		speakWith(fillIn);
	});

	it('says each row when it is read, in the language of then, with what a phrase holds', () => {
		const table = saidTable({ deny: 'Deny', both: phrase('{0}, by {1}', phrase('verified'), '{0}') });
		expect(table).toEqual({ deny: 'Deny', both: 'verified, by {0}' });
		speakWith((text, ...args) => fillIn(bundle[text] ?? text, ...args));
		expect({ ...table }).toEqual({ deny: 'Ablehnen', both: 'nachgewiesen, laut {0}' });
	});

	it('holds tables of said words together: no getter is written by hand where all of a table are words', () => {
		const byHand = [...sourcesOf('vscode')].filter(path =>
			/\{\n(?:\t+get [\w'-]+\(\) \{\n\t+return say\([^;]*;\n\t+\},\n){2,}\t*\}/.test(
				readFileSync(join(root, path), 'utf8'),
			),
		);
		expect(byHand).toEqual([]);
	});
});

describe('say', () => {
	afterEach(() => {
		speakWith(fillIn);
	});

	it('never reads what an argument holds as a placeholder, in English and in German', () => {
		const hostile = '{1}{0}';
		expect(say('Allow {0} of the MCP server {1}?', hostile, '{0}')).toBe('Allow {1}{0} of the MCP server {0}?');
		speakWith((text, ...args) => fillIn(bundle[text] ?? text, ...args));
		expect(say('Allow {0} of the MCP server {1}?', hostile, '{0}')).toBe('{1}{0} des MCP-Servers {0} zulassen?');
		expect(sayCount(2, '{0} tool', '{0} tools')).toBe('2 Tools');
	});
});

/** Shown in every language as they stand, each with the reason. */
const AS_THEY_STAND = new Map<string, string>([
	...['Claude Code', 'Cursor', 'Copilot CLI', 'MCP Inspector'].map(name => [name, 'a product'] as const),
	...['JSON Lines', 'CSV', 'SARIF', 'RFC-006 Evidence', 'OpenTelemetry (OTLP/JSON)', 'SQLite'].map(
		name => [name, 'a format'] as const,
	),
	...['credential_token', 'mimeType', 'mcp-firewall'].map(name => [name, 'a name of a protocol'] as const),
	['`${rule.id} decides`', 'is written into a fixture'],
	["`${expect === 'allow' ? 'allowed' : 'refused'} at ${entry.at}`", 'is written into a fixture'],
	['allowed', 'is written into a fixture'],
	['refused', 'is written into a fixture'],
	[
		'`# Recorded calls: what you allowed, and what was refused and has to stay so.\\n${text}`',
		'is written into a fixture',
	],
	['`by ${reviewer}`', 'is a detail of the audit trail'],
]);

/** Calls whose arguments a person reads, and properties that a person reads wherever the editor gets them. */
const ASKS =
	/^(?:show(?:Information|Warning|Error)Message|showQuickPick|showInputBox|setStatusBarMessage|withProgress)$/;
const READ = new Set([
	...['title', 'placeHolder', 'placeholder', 'prompt', 'detail', 'description', 'label', 'tooltip'],
	...['saveLabel', 'openLabel', 'message', 'text', 'name', 'accessible'],
]);

/** What is left of a text without icons and the product's name. */
function plain(text: string): string {
	return text.replaceAll(/\$\([\w-]+\)|MCP Firewall/g, '');
}

/** Literals with a word of ours that reach a person without `say`. */
function unsaid(): readonly string[] {
	const found: string[] = [];
	for (const path of [...sourcesOf('vscode'), join('src', 'extension.ts')]) {
		const source = parse(path);
		const visit = (node: ts.Node): void => {
			if (ts.isCallExpression(node)) {
				const { expression } = node;
				const name = ts.isPropertyAccessExpression(expression)
					? expression.name.text
					: expression.getText(source);
				// What the trail records is English, whoever reads it; a table says its rows itself.
				if (name === 'noteEvent' || name === 'saidTable') {
					return;
				}
				if (
					ASKS.test(name) ||
					/(?:^|\.)ui\.(?:error|info|confirm|pickEntry|progress)$/.test(expression.getText(source))
				) {
					node.arguments.forEach(argument => {
						found.push(...wordsIn(argument, source));
					});
				}
			} else if (ts.isPropertyAssignment(node) && READ.has(node.name.getText(source))) {
				found.push(...wordsIn(node.initializer, source));
			} else if (
				ts.isBinaryExpression(node) &&
				node.operatorToken.kind === ts.SyntaxKind.EqualsToken &&
				ts.isPropertyAccessExpression(node.left) &&
				READ.has(node.left.name.text)
			) {
				found.push(...wordsIn(node.right, source));
			}
			ts.forEachChild(node, visit);
		};
		visit(source);
	}
	return [...new Set(found)];
}

/** Text and labels of the templates of the pages that hold a word of ours. */
function unsaidInPages(): readonly string[] {
	const found: string[] = [];
	for (const path of sourcesOf('webview')) {
		const source = parse(path);
		const visit = (node: ts.Node): void => {
			if (ts.isTaggedTemplateExpression(node) && node.tag.getText(source) === 'html') {
				const { template } = node;
				const pieces = ts.isTemplateExpression(template)
					? [template.head.text, ...template.templateSpans.map(({ literal }) => literal.text)]
					: [template.text];
				const markup = pieces.join('\0');
				const texts = markup.replaceAll(/<[^>]*>/g, '\0').split('\0');
				const labels = [
					...markup.matchAll(/ (?:title|placeholder|label|aria-\w*(?:label|description))="([^"]+)"/g),
				];
				found.push(
					...[...texts, ...labels.map(([, label = '']) => label)].filter(text => /[A-Za-z]{2}/.test(text)),
				);
			}
			ts.forEachChild(node, visit);
		};
		visit(source);
	}
	return found;
}

/** What a name of the file was declared to be; an array or an object is looked at where it is declared. */
function constantOf({ text }: ts.Identifier, source: ts.SourceFile): ts.Expression | undefined {
	let found: ts.Expression | undefined;
	const visit = (node: ts.Node): void => {
		if (ts.isVariableDeclaration(node) && node.name.getText(source) === text && node.initializer !== undefined) {
			const value = node.initializer;
			found = ts.isStringLiteralLike(value) || ts.isTemplateExpression(value) ? value : found;
		}
		ts.forEachChild(node, visit);
	};
	visit(source);
	return found;
}

/** Words of ours in what is shown: a literal, a template, either side of a choice or of a sum. Not what a call is given. */
function wordsIn(node: ts.Node, source: ts.SourceFile): readonly string[] {
	if (ts.isStringLiteralLike(node)) {
		return /[A-Za-z]{2}/.test(plain(node.text)) ? [node.text] : [];
	}
	if (ts.isTemplateExpression(node)) {
		const words = [node.head.text, ...node.templateSpans.map(({ literal }) => literal.text)].join('');
		const inner = node.templateSpans.flatMap(({ expression }) => wordsIn(expression, source));
		return /[A-Za-z]{2}/.test(plain(words)) ? [node.getText(source), ...inner] : inner;
	}
	if (ts.isIdentifier(node)) {
		const value = constantOf(node, source);
		return value === undefined ? [] : wordsIn(value, source);
	}
	if (ts.isConditionalExpression(node)) {
		return [...wordsIn(node.whenTrue, source), ...wordsIn(node.whenFalse, source)];
	}
	if (ts.isBinaryExpression(node)) {
		return node.operatorToken.kind === ts.SyntaxKind.EqualsEqualsEqualsToken
			? []
			: [...wordsIn(node.left, source), ...wordsIn(node.right, source)];
	}
	if (ts.isArrayLiteralExpression(node) || ts.isSpreadElement(node) || ts.isParenthesizedExpression(node)) {
		return node
			.getChildren(source)
			.flatMap(child =>
				child.kind === ts.SyntaxKind.SyntaxList
					? child.getChildren(source).flatMap(each => wordsIn(each, source))
					: wordsIn(child, source),
			);
	}
	return [];
}

/** A literal, or literals that are put together by `+`; undefined for anything that is only known when it runs. */
function literalOf(node: ts.Node | undefined): string | undefined {
	if (node === undefined || ts.isStringLiteralLike(node)) {
		return node?.text;
	}
	if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.PlusToken) {
		const [left, right] = [literalOf(node.left), literalOf(node.right)];
		return left === undefined || right === undefined ? undefined : left + right;
	}
	return undefined;
}

function parse(...path: string[]): ts.SourceFile {
	return ts.createSourceFile(path.join('/'), readFileSync(join(root, ...path), 'utf8'), ts.ScriptTarget.Latest, true);
}

function sourcesOf(room: string): readonly string[] {
	return readdirSync(join(root, 'src', room)).map(name => join('src', room, name));
}

/** What a `saidTable` says: the values of the object that it is given. */
function rowsOf({ arguments: [table] }: ts.CallExpression): readonly ts.Expression[] {
	return table !== undefined && ts.isObjectLiteralExpression(table)
		? table.properties.flatMap(row => (ts.isPropertyAssignment(row) ? [row.initializer] : []))
		: [];
}

/** The literals that are handed to `say` and its like anywhere in src/vscode and src/webview. */
function saidTexts(): ReadonlySet<string> {
	const texts = new Set<string>();
	for (const path of [...sourcesOf('vscode'), ...sourcesOf('webview'), join('src', 'extension.ts')]) {
		const visit = (node: ts.Node): void => {
			if (ts.isCallExpression(node) && ts.isIdentifier(node.expression)) {
				const { text } = node.expression;
				const places = /^(?:say(?:Around)?|phrase)$/.test(text) ? [0] : text === 'sayCount' ? [1, 2] : [];
				const said = [
					...places.map(place => node.arguments[place]),
					...(text === 'saidTable' ? rowsOf(node) : []),
				];
				for (const literal of said.map(literalOf)) {
					if (literal !== undefined) {
						texts.add(literal);
					}
				}
			}
			ts.forEachChild(node, visit);
		};
		visit(parse(path));
	}
	return texts;
}

/** Calls of `phrase` anywhere in our sources. */
function phraseCalls(): readonly { readonly literal: string | undefined; readonly at: string }[] {
	const found: { readonly literal: string | undefined; readonly at: string }[] = [];
	for (const path of sources()) {
		const source = parse(path);
		const visit = (node: ts.Node): void => {
			if (ts.isCallExpression(node) && ts.isIdentifier(node.expression) && node.expression.text === 'phrase') {
				const { line } = source.getLineAndCharacterOfPosition(node.getStart());
				found.push({ literal: literalOf(node.arguments[0]), at: `${path}:${String(line + 1)}` });
			}
			ts.forEachChild(node, visit);
		};
		visit(source);
	}
	return found;
}

function phrases(): ReadonlySet<string> {
	return new Set(phraseCalls().flatMap(({ literal }) => literal ?? []));
}

function unreadablePhrases(): readonly string[] {
	return phraseCalls().flatMap(({ literal, at }) => (literal === undefined ? [at] : []));
}

function descriptions(): ReadonlySet<string> {
	const texts = new Set<string>();
	JSON.parse(readFileSync(join(root, 'policies', 'policy.schema.json'), 'utf8'), (key, value: unknown) => {
		if (key === 'description' && typeof value === 'string') {
			texts.add(value);
		}
		return value;
	});
	return texts;
}

function sources(): readonly string[] {
	return readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
		.filter(name => name.endsWith('.ts'))
		.map(name => join('src', name));
}

/** Rooms whose constants are said as they stand: what a question, a finding, a refusal or a review tells a person. */
const ROOMS = [
	...['approvalFacts', 'commandWords'].map(name => join('domain', 'approval', `${name}.ts`)),
	...['hostClass', 'knownCapabilities', 'protectedPlaces', 'sessionLabel'].map(name =>
		join('domain', 'policy', `${name}.ts`),
	),
	...['detectInstructions', 'inspect', 'invisible', 'linkFlaw', 'maskSecrets', 'mediaFlaw', 'mirrorFlaw'].map(name =>
		join('domain', 'inspection', `${name}.ts`),
	),
	...['presetRules', 'proseLinks', 'randomNear', 'ruleShape', 'secretRules', 'secretSightings'].map(name =>
		join('domain', 'inspection', `${name}.ts`),
	),
	...['inventory', 'mcpJson', 'readDefinition', 'readInputs', 'reviewFinding', 'surfaceChange'].map(name =>
		join('domain', 'registry', `${name}.ts`),
	),
	...['changeStatus', 'entryFields', 'insertServer', 'jsonDocument', 'planCredentials', 'readEntryParts'].map(name =>
		join('domain', 'registry', `${name}.ts`),
	),
	...['readServerEntry', 'registryBundle', 'removeServer', 'replaceServer', 'resolveLaunch'].map(name =>
		join('domain', 'registry', `${name}.ts`),
	),
	join('domain', 'audit', 'trailBreak.ts'),
	join('domain', 'identity', 'callerBadge.ts'),
	...['fileLock', 'inventoryFiles', 'originEdits', 'originFile', 'originRecord', 'publisherFile'].map(name =>
		join('storage', `${name}.ts`),
	),
	...['registryContent', 'registryEdits', 'registryFile', 'registryTransfer'].map(name =>
		join('storage', `${name}.ts`),
	),
	...['lsofWatch', 'probe', 'probeLaunch', 'probeSession', 'procWatch', 'watchProcesses'].map(name =>
		join('proxy', 'probe', `${name}.ts`),
	),
	...['refusal', 'treatAnswer'].map(name => join('firewall', `${name}.ts`)),
];

/** Pages whose tables are said entry by entry where they are looked up. */
const TABLES = [
	...['words', 'evidenceTemplate', 'filterChoices', 'latencyTemplate', 'overviewPanel'],
	...['reviewApp', 'reviewItemTemplate', 'timeline', 'trustApp'],
];

/** The entries of {@link TABLES}: literals outside of any function. */
function tables(): readonly string[] {
	const texts = new Set<string>();
	for (const name of TABLES) {
		const visit = (node: ts.Node): void => {
			if (
				ts.isFunctionLike(node) ||
				ts.isClassLike(node) ||
				ts.isImportDeclaration(node) ||
				ts.isTypeNode(node)
			) {
				return;
			}
			const { parent } = node;
			const isName = ts.isPropertyAssignment(parent) && parent.name === node;
			if (ts.isStringLiteralLike(node) && !isName && /^[A-Z][a-z]|[a-z]{2} [a-z]/.test(node.text)) {
				texts.add(node.text);
			}
			ts.forEachChild(node, visit);
		};
		ts.forEachChild(parse('src', 'webview', `${name}.ts`), visit);
	}
	return [...texts];
}

/** Words that {@link ROOMS} say and that are no sentence by their form. */
const WORDS = [
	...['verified', 'none', 'low', 'medium', 'high'],
	...['approved', 'pending-review', 'suspended', 'revoked'],
	...['session', 'hour', 'workspace'],
	...Object.values(TRUST_WORDS),
	...['time', 'verdict', 'server', 'tool', 'capability', 'rule, reason', 'approval', 'labels', 'why'],
	...['allowed', 'asked', 'denied'],
	...['altered', 'not JSON', 'not UTF-8'],
	...JSON_ERRORS,
];

/** A broken promise of ours, what was given up by whoever waited, and what a server is told. */
const NOT_FOR_PEOPLE = new Set([
	...[
		'A probe is started before it calls anything.',
		'The probe was cancelled.',
		'The probe ended without an answer.',
	],
	'not available in a probe',
]);

/** The constants of {@link ROOMS} that are sentences or parts of them; no patterns, and nothing that only an agent gets. */
function sentences(): readonly string[] {
	const texts = new Set<string>(WORDS);
	for (const room of ROOMS) {
		const visit = (node: ts.Node): void => {
			const text = literalOf(node);
			if (ts.isPropertyAssignment(node) && node.name.getText() === 'agent') {
				return;
			}
			if (text === undefined) {
				ts.forEachChild(node, visit);
			} else if (/[a-z]{2} [a-z]/.test(text) && !/\(\?|\\|^\[|^ad 34f/.test(text) && !NOT_FOR_PEOPLE.has(text)) {
				texts.add(text);
			}
		};
		visit(parse('src', room));
	}
	return [...texts];
}
