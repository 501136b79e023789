import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { approvalFacts } from '../../../src/domain/approval/approvalFacts';
import { identityWords, type NamedIdentity } from '../../../src/domain/identity/identityWords';
import { approvalDocument } from '../../../src/vscode/approvalDocument';
import { approvalDetail, approvalMessage } from '../../../src/vscode/approvalText';
import { notificationText } from '../../../src/vscode/notificationText';
import { choicesOf, DENY } from '../../../src/vscode/openQuestion';
import { fillIn } from '../../../src/base/fillIn';
import { sayPhrase, speakWith } from '../../../src/vscode/say';
import { anApprovalRequest } from '../support/approvalRequests';

const bundle = JSON.parse(readFileSync('l10n/bundle.l10n.de.json', 'utf8')) as Readonly<Record<string, string>>;
const when = { now: Date.UTC(2026, 0, 1), answerBy: Date.UTC(2026, 0, 1, 0, 1), more: 2 };
const request = anApprovalRequest({ repeats: 3, again: 'allowed-once', heldBack: ['/params/arguments/x'] });
const facts = approvalFacts({
	client: { name: 'chat', version: '1' },
	server: request.server,
	launch: undefined,
	reviewedAt: undefined,
	facts: {
		...{ tool: 'write_file', arguments: {}, paths: request.paths, sessionCalls: [] },
		labels: new Set(['secret', 'untrusted']),
	} as never,
	load: { policy: undefined } as never,
	verdict: request.verdict,
	findings: [],
	originsOf: () => [],
});
/** Words that every English sentence of ours has one of, and no German one. */
const ENGLISH = /\b(?:the|of|is|are|it|this|that|rule|nothing|what|which|by|to)\b/i;

/** What is left of a text without what is data: quotes, paths, names. */
function ours(text: string): string {
	return text.replaceAll(/„[^“]*“|│.*|^ {4}.*$|\/\S+|write_file|write-file|filesystem\.write|ask-writes/gm, '');
}

describe('a question in German', () => {
	beforeEach(() => {
		speakWith((text, ...args) => fillIn(bundle[text] ?? text, ...args));
	});
	afterEach(() => {
		speakWith(fillIn);
	});

	it.each([
		['the message', () => approvalMessage(request)],
		['the detail', () => approvalDetail({ ...request, facts }, when)],
		['the document', () => approvalDocument({ ...request, facts }, when, { beside: [] })],
		['the notification', () => notificationText({ ...request, facts }, when) ?? ''],
		['the buttons', () => [...choicesOf(request), DENY].map(({ title }) => title).join('\n')],
	])('%s is German throughout', (_name, text) => {
		expect(text()).not.toBe('');
		expect(
			ours(text())
				.split('\n')
				.filter(line => ENGLISH.test(line)),
		).toEqual([]);
	});

	it('leaves a name that looks like a placeholder as it is', () => {
		const odd = { ...request, server: { ...request.server, name: '{1}' }, tool: '{0}{1}' };
		expect(approvalMessage(odd)).toBe('{0}{1} des MCP-Servers {1} zulassen?');
	});

	it('says who a server is', () => {
		const words = (principal: Partial<NamedIdentity>) =>
			sayPhrase(identityWords({ state: 'UNVERIFIED_ORIGIN', badge: 'ok', errors: [], ...principal }).words);
		expect(words({ blocked: true, errors: ['SERVER_BADGE_REVOKED'] })).toBe(
			'FEHLGESCHLAGEN: sein Ausweis wurde gesperrt',
		);
		expect(words({ state: 'VERIFIED_PRINCIPAL', level: '2' })).toBe('nachgewiesen, Domain Validated (2)');
		expect(words({})).toBe('keine');
	});
});
