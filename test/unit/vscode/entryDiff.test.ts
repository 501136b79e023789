import { describe, expect, it } from 'vitest';
import { sha256Hex } from '../../../src/base/digest';
import { type JsonObject } from '../../../src/base/json';
import { truncateForTrail } from '../../../src/domain/inspection/truncateForTrail';
import { entryDiff, writtenFile } from '../../../src/vscode/entryDiff';
import { aRecord } from '../support/auditRecords';

const call = (args: JsonObject, outcome: 'refused' | 'answered' = 'refused') =>
	aRecord({ tool: 'edit_file', capability: 'filesystem.write', arguments: args, outcome, paths: ['/ws/a.md'] });
const edits = [
	{ oldText: 'one', newText: '1' },
	{ oldText: 'two', newText: '2' },
];

describe('writtenFile', () => {
	it.each([
		['names no file', {}],
		['was masked', { paths: ['/ws/[masked:github-token len=40]'] }],
		['was masked', { paths: ['/ws/a'], facts: { context: 'c', by: 'pin', altered: 'places' as const } }],
		[
			'several files',
			{
				facts: {
					context: 'c',
					by: 'pin',
					paths: [
						{ pointer: '/a', count: 1 },
						{ pointer: '/b', count: 1 },
					],
				},
				paths: ['/a', '/b'],
			},
		],
		['several files', { paths: ['/1', '/2', '/3', '/4', '/5'] }],
	])('says that the call %s', (why, over) => {
		expect(writtenFile(aRecord(over))).toMatchObject({ why: expect.stringContaining(why) as string });
	});

	it('takes the first form of the one path', () => {
		expect(writtenFile(aRecord({ paths: ['/ws/link', '/srv/a'] }))).toEqual({ path: '/ws/link' });
	});
});

describe('entryDiff', () => {
	it('says plainly why there is none', () => {
		expect(entryDiff(aRecord({ arguments: 'x' }), '')).toMatchObject({ kind: 'none' });
		expect(entryDiff(call({ path: 'a' }), 'x')).toMatchObject({ kind: 'none' });
		expect(entryDiff(call({ path: 'a', mode: 'x' }, 'answered'), 'x')).toMatchObject({ kind: 'none' });
		const cut = truncateForTrail({ content: 'x'.repeat(50) }, 20) as JsonObject;
		expect(entryDiff(call(cut), 'x')).toMatchObject({
			kind: 'none',
			why: expect.stringContaining('cut') as string,
		});
	});

	it('a refused write is held against the file of now', () => {
		expect(entryDiff(call({ content: 'new' }), 'old')).toEqual({
			...{ kind: 'diff', before: 'file', after: { text: 'new' }, title: 'now ↔ as proposed', notes: [] },
		});
		expect(entryDiff(call({ content: 'new' }), undefined)).toMatchObject({
			before: { text: '' },
			after: { text: 'new' },
		});
		expect(entryDiff(call({ edits }), 'one two')).toMatchObject({ before: 'file', after: { text: '1 2' } });
	});

	it('a write that was made shows what it wrote against the file of now, and says that the text before is not kept', () => {
		expect(entryDiff(call({ content: 'new' }, 'answered'), 'newer')).toMatchObject({
			...{ before: { text: 'new' }, after: 'file', notes: [expect.stringContaining('does not keep') as string] },
		});
		expect(entryDiff(call({ content: 'new' }, 'answered'), undefined)).toMatchObject({ after: { text: '' } });
	});

	it('edits that were made are taken back, or shown as parts where the file has gone on', () => {
		expect(entryDiff(call({ edits }, 'answered'), '1 2')).toMatchObject({
			before: { text: 'one two' },
			after: 'file',
		});
		for (const now of ['1', '1 2 2', undefined]) {
			expect(entryDiff(call({ edits }, 'answered'), now)).toMatchObject({
				...{ before: { text: 'one\n⋯\ntwo' }, after: { text: '1\n⋯\n2' }, title: 'the edited parts' },
			});
		}
	});

	it('A7: says whether the file is still as the call left it', () => {
		const digest = sha256Hex(new TextEncoder().encode('new'));
		const touched = [{ path: '/ws/a.md', before: 'absent', after: digest }];
		const entry = { ...call({ content: 'new' }, 'answered'), touched };
		expect(entryDiff(entry, 'new')).toMatchObject({
			notes: [expect.any(String), expect.stringContaining('still')],
		});
		expect(entryDiff(entry, 'x')).toMatchObject({
			notes: [expect.any(String), expect.stringContaining('changed')],
		});
	});

	it('A4: masked text is shown masked, and said to be', () => {
		const diff = entryDiff(call({ content: 'a [masked:github-token len=40] b' }), 'x');
		expect(diff).toMatchObject({ notes: [expect.stringContaining('masked') as string] });
	});
});
