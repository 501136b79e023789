import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { notificationText } from '../../../src/vscode/notificationText';
import { panelQuestion } from '../../../src/vscode/panelQuestion';
import { anApprovalRequest, SPARSE_FACTS } from '../support/approvalRequests';

const NOW = new Date(2026, 10, 21, 14, 1, 20).getTime();
const WHEN = { now: NOW, answerBy: NOW + 120_000 };
const text = (over: Parameters<typeof anApprovalRequest>[0] = {}, more = 0) =>
	notificationText(anApprovalRequest(over), { ...WHEN, more });

describe('notificationText', () => {
	it('says in one line what is asked, why, by when, and what waits behind it; the arguments come last', () => {
		const rules = [{ id: 'ask-writes', file: '/p/policy.yaml', line: 7, owner: 'organisation' as const }];
		expect(text({ facts: { ...SPARSE_FACTS, rules } }, 3)).toBe(
			'Allow write_file of the MCP server files? filesystem.write. Path: /ws/notes/a.md. ' +
				'Rule: ask-writes (policy.yaml:7), your organisation’s policy. ' +
				'Answer by 14:03:20, else it is denied. 3 more calls wait after this. Arguments, quoted: {"path":"a.md"}',
		);
		expect(text({}, 1)).toContain(' 1 more call waits after this. ');
		expect(text({ repeats: 2, again: 'allowed-once' })).toContain(
			'You allowed an identical call once. This is another one. 2 identical calls wait for this answer.',
		);
	});

	it('there is none where not all of it can be shown', () => {
		const padded = `{"path":"a.md","x":"${'y'.repeat(300)}"}`;
		expect(text({ argumentsText: padded })).toBeUndefined();
		const long = [1, 2, 3, 4].map(at => ({ pointer: '', raw: '', candidates: [`/ws/${'z'.repeat(280)}${at}`] }));
		expect(text({ paths: long })).toBeUndefined();
	});

	it('RESP-01 property: short enough for the editor, one line, nothing unseen, no link, and never without the arguments', () => {
		const part = fc.constantFrom('\u202e', '\u200b', '[a](https://evil.example)', '\n', '$(gear)', 'a', '"', ' ');
		const some = fc.array(part, { maxLength: 60 }).map(parts => parts.join(''));
		fc.assert(
			fc.property(some, some, some, (args, tool, path) => {
				const shown = text({
					...{ argumentsText: args, tool },
					paths: [{ pointer: '', raw: path, candidates: [path] }],
				});
				if (shown !== undefined) {
					expect(shown.length).toBeLessThanOrEqual(900);
					expect(shown).not.toMatch(/[\n\u202e\u200b]|\]\(/);
					expect(shown).toContain('Arguments, quoted: ');
				}
			}),
		);
	});
});

describe('panelQuestion', () => {
	it('keeps facts of ours and what is quoted apart, and says what each yes covers', () => {
		const description = { name: 'write_file', description: 'Writes.\n\u202e' };
		const { facts, quoted, choices, answerBy, id, digest } = panelQuestion(anApprovalRequest({ description }), {
			...WHEN,
			more: 1,
		});
		expect([id, digest]).toEqual(['r1', 'd'.repeat(64)]);
		expect(facts).toContain('Path: /ws/notes/a.md');
		expect(facts.join('\n')).not.toMatch(/Writes|Arguments|covers/);
		expect(quoted).toEqual(['Arguments: {"path":"a.md"}', 'The server says of this tool: Writes.⏎\\u{202E}']);
		expect(choices[0]).toEqual({ title: 'Allow Once', covers: 'this call alone' });
		expect(choices[1]?.covers).toMatch(/^this tool below \/ws\/notes, until the session ends/);
		expect(answerBy).toBe('Answer by 14:03:20, else it is denied. 1 more call waits after this.');
	});
});
