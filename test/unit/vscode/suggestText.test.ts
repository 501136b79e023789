import { describe, expect, it } from 'vitest';
import { type Suggestion } from '../../../src/domain/policy/suggestRules';
import { suggestionRow } from '../../../src/vscode/suggestText';

const row = (more: Partial<Suggestion['rule']>) =>
	suggestionRow({
		rule: {
			...{ id: 'ok-files-write', description: '', servers: ['files'], tools: ['write_file'] },
			...{ capability: 'filesystem.write', instead_of: ['write-workspace'], ...more },
		},
		saved: [1, 2, 3] as unknown as Suggestion['saved'],
		of: 4,
	});

describe('a suggested rule as a row', () => {
	it('says in the words of the call what passes and where, what it spares, and which rule it takes the place of', () => {
		const paths = ['/ws/notes/**'];
		expect(row({ path_prefix: '${workspaceFolder}/notes', paths })).toEqual({
			label: 'Allow write_file of files in notes/',
			description: 'would have saved 3 of your last 4 questions',
			detail: 'filesystem.write: no longer asked about by “write-workspace”. New rule: ok-files-write',
		});
	});

	it('names files that lie in the open folder itself, and how many more there are', () => {
		const paths = ['a.md', 'b.md', 'c.md', 'd.md', 'e.md'].map(name => `/ws/${name}`);
		const { label } = row({ path_prefix: '${workspaceFolder}', paths });
		expect(label).toBe('Allow write_file of files in a.md, b.md, c.md and 2 more');
		expect(row({ path_prefix: '${workspaceFolder}', paths: ['/ws/a.md'] }).label).toMatch(/ in a\.md$/);
	});

	it('says no place where the call has none', () => {
		expect(row({ capability: 'memory.write', tools: ['add', 'keep'] }).label).toBe('Allow add, keep of files');
	});

	it('invariant 5: a name from outside is no icon and no second line', () => {
		const { label } = row({ servers: ['$(trash)\nfiles'] });
		expect(label).toBe('Allow write_file of \\$(trash)⏎files');
	});
});
