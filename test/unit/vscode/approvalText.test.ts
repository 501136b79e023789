import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { verbatim } from '../../../src/base/phrase';
import { type ApprovalRequest } from '../../../src/domain/approval/approval';
import { type ApprovalFacts } from '../../../src/domain/approval/approvalFacts';
import { type GrantOffer } from '../../../src/domain/approval/grant';
import {
	approvalDetail,
	approvalMessage,
	hidesParts,
	MAX_DETAIL_LINES,
	waitingMessage,
} from '../../../src/vscode/approvalText';
import { offersOf, offerTitle } from '../../../src/vscode/offerText';
import { clockText } from '../../../src/vscode/timeText';
import { anApprovalRequest as request, SPARSE_FACTS } from '../support/approvalRequests';

const NOW = new Date(2026, 10, 21, 14, 1, 20).getTime();
const WHEN = { now: NOW, answerBy: NOW + 120_000 };
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const UNTIMED: GrantOffer = {
	scope: 'workspace',
	reach: { kind: 'folders', folders: ['/ws/notes'] },
	rule: 'allow: []\n',
	sentence: 's',
};
const IN_WORKSPACE: GrantOffer = { ...UNTIMED, holdsForMs: 8 * HOUR };

/** A question with all there is. */
const FULL: ApprovalFacts = {
	...SPARSE_FACTS,
	goal: { client: { name: 'Visual Studio Code', version: '1.139.1' }, unknown: 'The goal is not known.' },
	context: [
		{
			label: 'secret',
			meaning: 'A secret was read in this session.',
			origins: [
				{ label: 'secret', server: 'filesystem', tool: 'read_text_file', at: NOW - 2 * MINUTE, callId: 'c' },
			],
		},
	],
	downstream: { serverName: 'files', launch: 'node server.js /ws', hosts: ['https://api.example:443'] },
	identity: {
		serverId: 'f',
		environment: ['GITHUB_TOKEN'],
		trustLevel: 2,
		principal: {
			kind: 'verified',
			words: verbatim('verified, Domain Validated (2)'),
			by: 'https://ca.example.com',
		},
	},
	rules: [{ id: 'ask-writes', file: '/p/policy.yaml', line: 7, owner: 'organisation' }],
	risks: ['The file has a second name.'],
	uncertain: [verbatim('Nobody reviewed this server.')],
	effect: { expected: 'It writes.', reversal: 'by-hand', rollback: 'From version control.' },
};

const detailOf = (over: Partial<ApprovalRequest> = {}) => approvalDetail(request(over), WHEN);

/** What stands above the line that says that the rest is not verified, and what below. */
const parts = (text: string) => text.split('\n\nQuoted, not verified:\n');

describe('approvalDetail: the facts of an approval (gateway.md §5.6)', () => {
	it('in the order in which they weigh, each on its line', () => {
		const detail = detailOf({
			facts: FULL,
			repeats: 3,
			again: 'allowed-once',
			scopes: ['once', 'session', 'workspace'],
			offers: [...request().offers, IN_WORKSPACE],
			description: { name: 'write_file', description: 'Writes.' },
		});
		expect(detail.split('\n')).toEqual([
			'Asked by: a client that calls itself “Visual Studio Code 1.139.1”',
			'You allowed an identical call once. This is another one. 3 identical calls wait for this answer. Allow Once lets one of them go.',
			'Capability: filesystem.write',
			'Identity: verified, Domain Validated (2), by “https://ca.example.com”',
			'Path: /ws/notes/a.md',
			'Goes to: https://api.example:443',
			'The server was given the variables: GITHUB_TOKEN',
			'',
			'Rule: ask-writes (policy.yaml:7), your organisation’s policy',
			'Risk: The file has a second name.',
			'Not sure: Nobody reviewed this server.',
			'Effect: It writes. From version control.',
			'Before this: A secret was read in this session. (filesystem/read_text_file, 2 minutes ago)',
			'',
			'Allow for Session covers: this tool below /ws/notes, until the session ends',
			'Allow in Workspace for 8 hours covers: the same, in every session of this workspace, until 22:01',
			'Answer by 14:03:20, else it is denied.',
			'',
			'Quoted, not verified:',
			'Arguments: {"path":"a.md"}',
			'The server says of this tool: Writes.',
		]);
	});

	it('a server that says nothing of itself takes no line, one whose identity is declared or failed does', () => {
		const principalOf = (kind: 'none' | 'declared' | 'failed', text: string) =>
			detailOf({
				facts: { ...FULL, identity: { ...FULL.identity, principal: { kind, words: verbatim(text) } } },
			});
		expect(principalOf('none', 'none')).not.toContain('Identity');
		expect(principalOf('declared', 'declared only')).toContain('\nIdentity: declared only\n');
		expect(principalOf('failed', 'FAILED: its badge was revoked')).toContain('\nIdentity: FAILED: its badge');
	});

	it('C4 what was held back of the arguments is named beside them, quoted', () => {
		expect(detailOf({ heldBack: ['/params/arguments/no\u202etes', '/params/_meta/x'] })).toContain(
			'\nArguments (not sent, as not declared: /params/arguments/no\\u{202E}tes): {"path":"a.md"}',
		);
		expect(detailOf({ heldBack: ['/params/_meta/vscode.conversationId'] })).not.toContain('not sent');
		expect(detailOf()).not.toContain('not sent');
	});

	it('what is not known takes no line', () => {
		const facts = parts(detailOf())[0]?.split('\n') ?? [];
		expect(facts.filter(line => /^(?:Asked|Goes|Which|Risk|Not sure|Before)/.test(line))).toEqual([]);
	});

	it('says whose rule it is, and how many more ask', () => {
		const at = { file: '/p/policy.yaml', line: 7, column: 3 };
		const rule = { id: 'ask-writes', effect: 'require_approval', at } as const;
		const { verdict } = request();
		const rules = [rule, { ...rule, id: 'b' }, { ...rule, id: 'c' }];
		expect(detailOf({ facts: FULL, verdict: { ...verdict, rules } })).toContain(
			'Rule: ask-writes (policy.yaml:7), your organisation’s policy; 2 more rules ask too\n',
		);
	});

	it('an offer that covers something else than the one before says what', () => {
		const other = { ...IN_WORKSPACE, reach: { kind: 'call', digest: 'd' } } as const;
		const scopes = ['once', 'session', 'workspace'] as const;
		expect(detailOf({ scopes, offers: [...request().offers, other] })).toContain(
			'8 hours covers: this very call again, in every session of this workspace, until 22:01',
		);
	});

	it('a reason of the rule’s author stands beside the rule', () => {
		const verdict = { ...request().verdict, reason: 'writes_are_asked' };
		expect(detailOf({ verdict })).toContain('Rule: ask-writes (policy.yaml:7); reason: writes_are_asked\n');
		const ruleless = { ...verdict };
		delete (ruleless as { rule?: unknown }).rule;
		expect(detailOf({ verdict: ruleless })).toContain('Rule: none; reason: writes_are_asked\n');
	});

	it('APPR: a sentence of the rule’s author is marked as one, and turns no line around', () => {
		const reason = 'fine”, said MCP Firewall \u202e\nRisk: none';
		const said = 'reason: “fine", said MCP Firewall \\u{202E}⏎Risk: none”\n';
		const verdict = { ...request().verdict, reason };
		expect(detailOf({ verdict })).toContain(said);
		const ruleless = { ...verdict };
		delete (ruleless as { rule?: unknown }).rule;
		expect(detailOf({ verdict: ruleless })).toContain(said);
	});

	it('numbers stand as they were sent, not as a double holds them', () => {
		expect(detailOf({ argumentsText: '{"amount":9007199254740993,"rate":1e400}' })).toContain(
			'Arguments: {"amount":9007199254740993,"rate":1e400}',
		);
	});

	it('names the end of its time with the day when that is not today', () => {
		const late = approvalDetail(request(), { now: NOW, answerBy: NOW + 24 * HOUR });
		expect(late).toContain('Answer by 2026-11-22 14:01:20, else it is denied.');
	});
});

describe('offersOf: what can be answered', () => {
	it('speaks of a grant only where the rule offers one', () => {
		expect(detailOf({ scopes: ['once'] })).not.toContain('Session');
		expect(offersOf(request({ scopes: ['once'] }))).toEqual([]);
	});

	it('a scope whose reach is not known is not offered', () => {
		expect(offersOf(request({ scopes: ['once', 'session'], offers: [] }))).toEqual([]);
	});

	it.each([
		[8 * HOUR, 'Allow in Workspace for 8 hours'],
		[30 * 24 * HOUR, 'Allow in Workspace for 30 days'],
		[90 * MINUTE, 'Allow in Workspace for 90 minutes'],
		[undefined, 'Allow in Workspace for 8 hours'],
	])('%s ms is on the button', (holdsForMs, title) => {
		expect(offerTitle({ ...UNTIMED, ...(holdsForMs !== undefined && { holdsForMs }) })).toBe(title);
	});

	it('the very call and hosts are named as such', () => {
		const offer = { scope: 'session', rule: '', sentence: '' } as const;
		const of = (reach: GrantOffer['reach']) => detailOf({ offers: [{ ...offer, reach }] });
		expect(of({ kind: 'call', digest: 'd' })).toContain('covers: this very call again, until the session ends');
		expect(of({ kind: 'hosts', hosts: ['https://a:443'] })).toContain('covers: this tool to https://a:443, until');
	});
});

describe('hidesParts: what is not shown cannot be allowed unseen', () => {
	const paths = (count: number) =>
		Array.from({ length: count }, (_, n) => ({ pointer: `/${n}`, raw: `${n}`, candidates: [`/ws/${n}`] }));

	it('four places are all shown; with five the modal says how many it left out', () => {
		expect(hidesParts(request({ paths: paths(4) }))).toBe(false);
		expect(detailOf({ paths: paths(4) })).toContain('Path: /ws/3');
		expect(hidesParts(request({ paths: paths(5) }))).toBe(true);
		expect(detailOf({ paths: paths(5) })).toContain('… and 2 more: Show Details has all of them');
	});

	it('where one path leads counts as a place', () => {
		const [first] = paths(1);
		expect(hidesParts(request({ paths: [{ ...first!, candidates: ['/1', '/2', '/3', '/4', '/5'] }] }))).toBe(true);
	});

	it('hosts, and folders of an offer, count too', () => {
		const many = ['a', 'b', 'c', 'd', 'e'];
		const downstream = { serverName: 's', hosts: many };
		expect(hidesParts(request({ facts: { ...SPARSE_FACTS, downstream } }))).toBe(true);
		expect(hidesParts(request({ offers: [{ ...IN_WORKSPACE, reach: { kind: 'folders', folders: many } }] }))).toBe(
			true,
		);
	});

	it('APPR: padded arguments show both ends and how much is between, and cannot be allowed unseen', () => {
		const argumentsText = `{"command":"${'#'.repeat(900)} ; rm -rf ~"}`;
		expect(hidesParts(request({ argumentsText }))).toBe(true);
		const line = detailOf({ argumentsText })
			.split('\n')
			.find(one => one.startsWith('Arguments: '));
		expect(line).toMatch(/^Arguments: \{"command":"#+ …\(625 characters hidden\)… #+ ; rm -rf ~"\}$/);
		expect(hidesParts(request({ argumentsText: `{"a":"${'x'.repeat(290)}"}` }))).toBe(false);
	});

	it.each([
		['a path', { paths: [{ pointer: '/p', raw: 'p', candidates: [`/ws/${'a/'.repeat(200)}.bashrc`] }] }],
		[
			'a host',
			{ facts: { ...SPARSE_FACTS, downstream: { serverName: 's', hosts: [`https://${'a.'.repeat(80)}evil`] } } },
		],
		[
			'a folder',
			{
				scopes: ['once', 'workspace'] as const,
				offers: [{ ...IN_WORKSPACE, reach: { kind: 'folders', folders: [`/${'a/'.repeat(90)}x`] } as const }],
			},
		],
	])('APPR: %s that is cut cannot be allowed unseen, and its end is shown', (_what, over) => {
		expect(hidesParts(request(over))).toBe(true);
		expect(detailOf(over)).toMatch(/characters hidden\)… \S+(?:\.bashrc|evil|x)/);
	});
});

describe('approvalDetail (APPR-13)', () => {
	const HOSTILE =
		'x\n\nQuoted, not verified:\nPath: /ws/safe\u202e\u2066gpj.exe\u200b\u0007[click](command:evil) $(shield)';
	const facts = (over: Partial<ApprovalFacts>) => ({ facts: { ...FULL, ...over } });

	it.each([
		['the server’s name', { server: { id: 'f', name: HOSTILE } }],
		['the tool’s name', { tool: HOSTILE }],
		['a capability', { capability: HOSTILE }],
		['a path', { paths: [{ pointer: '/p', raw: HOSTILE, candidates: [] }] }],
		['a resolved path', { paths: [{ pointer: '/p', raw: 'x', candidates: [HOSTILE] }] }],
		['the arguments', { argumentsText: `{"a":"${HOSTILE}"}` }],
		['the description', { description: { name: 'write_file', description: HOSTILE } }],
		['the client', facts({ goal: { client: { name: HOSTILE, version: HOSTILE }, unknown: '' } })],
		['a host', facts({ downstream: { serverName: 's', hosts: [HOSTILE] } })],
		['the launch', facts({ downstream: { serverName: 's', launch: HOSTILE, hosts: [] } })],
		['a variable', facts({ identity: { serverId: 'f', environment: [HOSTILE] } })],
		['a rule of the workspace', facts({ rules: [{ id: HOSTILE, file: HOSTILE, line: 7, owner: 'workspace' }] })],
		['what is uncertain', facts({ uncertain: [verbatim(HOSTILE)] })],
		[
			'a tool of the context',
			facts({
				context: [
					{
						...{ label: 'secret', meaning: 'A secret.' },
						origins: [{ label: 'secret', server: HOSTILE, tool: HOSTILE, at: NOW, callId: 'c' }],
					},
				],
			}),
		],
		['a folder of an offer', { offers: [{ ...IN_WORKSPACE, reach: { kind: 'folders', folders: [HOSTILE] } }] }],
	] as [string, Partial<ApprovalRequest>][])('%s cannot make up a line, a heading or a direction', (_name, over) => {
		const whole = { ...over, scopes: ['once', 'session', 'workspace'] } as const;
		const shown = `${approvalMessage(request(whole))}\n${detailOf(whole)}`;
		expect(parts(shown)).toHaveLength(2);
		expect(shown.split('\n').filter(line => line.startsWith('Path: /ws/safe'))).toEqual([]);
		// eslint-disable-next-line no-control-regex
		expect(shown).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2066-\u2069]/);
		expect(shown).not.toContain('](');
	});

	it('what a server or a model says never stands among the facts', () => {
		const description = { name: 'write_file', description: 'SERVER-SAYS' };
		const [above, below] = parts(detailOf({ description, argumentsText: '{"note":"MODEL-SAYS"}' }));
		expect(above).not.toMatch(/SAYS/);
		expect(below).toMatch(/MODEL-SAYS[^]*SERVER-SAYS/);
	});

	it('property: at most 25 lines and 30 kB, whatever and however much anybody writes', () => {
		const text = fc.string({ unit: 'binary', maxLength: 400 });
		const many = fc.array(text, { maxLength: 12 });
		fc.assert(
			fc.property(text, many, fc.integer({ min: 1, max: 1000 }), fc.boolean(), (long, lines, repeats, again) => {
				const whole = long.repeat(250);
				const origins = lines.map(tool => ({
					...{ label: 'secret', server: whole, tool, at: NOW, callId: 'c' },
				})) as ApprovalFacts['context'][number]['origins'];
				const reach = { kind: 'folders', folders: lines } as const;
				const detail = detailOf({
					...{ argumentsText: whole, description: { name: 'x', description: whole }, capability: whole },
					paths: lines.map(raw => ({ pointer: raw, raw, candidates: [raw, whole] })),
					scopes: ['once', 'session', 'workspace'],
					offers: [
						{ ...IN_WORKSPACE, scope: 'session', reach },
						{ ...IN_WORKSPACE, reach },
					],
					repeats,
					heldBack: lines,
					...(again && { again: 'allowed-once' }),
					verdict: { ...request().verdict, reason: `policy ${whole}` },
					facts: {
						...FULL,
						goal: { client: { name: whole, version: whole }, unknown: '' },
						context: lines.map(() => ({ label: 'secret', meaning: 'A secret.', origins })),
						downstream: { serverName: whole, launch: whole, hosts: lines },
						identity: {
							serverId: whole,
							environment: [whole, ...lines],
							principal: { kind: 'verified', words: verbatim('verified, Self-Signed (0)'), by: whole },
						},
						uncertain: [whole, ...lines].map(verbatim),
						risks: lines.map(() => 'A risk.'),
					},
				});
				expect(detail.split('\n').length).toBeLessThanOrEqual(MAX_DETAIL_LINES);
				expect(detail.length).toBeLessThan(30_000);
			}),
			{ numRuns: 60 },
		);
	});

	it('a description and arguments of 100 kB are cut, and the cut is told', () => {
		const long = 'y'.repeat(100_000);
		const detail = detailOf({ argumentsText: long, description: { name: 'x', description: long } });
		expect(detail).toContain('…(+99700)');
		expect(detail.length).toBeLessThan(1_500);
	});
});

describe('clockText in a modal', () => {
	it('is the person’s own clock', () => {
		expect(clockText(NOW, NOW)).toBe('14:01');
	});
});

describe('INVARIANT 5 the message that leads back to a call that waits', () => {
	/** As VS Code finds links in messages (vs/base/common/linkedText.ts). */
	const LINK = /\[([^\]]+)\]\(((?:https?:\/\/|command:|file:)[^)\s]+)(?: (["'])(.+?)(\3))?\)/gi;
	/** VS Code shows no more of a message (vs/workbench/common/notifications.ts). */
	const MAX_MESSAGE = 1000;
	const plain = request({});

	it.each([
		['a plain name', 'read', 'files'],
		['a bracket that could begin the link', 'read [It is safe, click here to deny it:', 'files'],
		['a link of its own', '[answer it](command:workbench.action.quit)', '[x](https://evil.example)'],
		['an end for ours', ') [y](command:z', 'files'],
		['nothing that can be seen', '\u200b'.repeat(80), '\u200b'.repeat(60)],
	])('%s: one link, ours, with our text, and it is shown', (_, tool, name) => {
		const message = waitingMessage({ ...plain, tool, server: { ...plain.server, name } }, 'ours');
		const links = [...message.slice(0, MAX_MESSAGE).matchAll(LINK)].map(([, label, target]) => [label, target]);
		expect(links).toEqual([['answer it', 'command:ours']]);
		expect(message).toContain(approvalMessage({ ...plain, tool, server: { ...plain.server, name } }));
	});
});
