import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { LOCK_KEYS } from '../../../src/domain/policy/organisationLocks';
import { settingIds } from '../../../src/vscode/contributions';

const src = join(__dirname, '../../../src');
const read = (file: string) => readFileSync(join(src, file), 'utf8');

/** Who may ask the editor itself, and why. */
const RAW: Readonly<Record<string, string>> = {
	'vscode/effectiveSettings.ts': 'it is the way for everybody else',
	'vscode/shownLocks.ts': 'it compares what counts with what the person wrote',
	'vscode/issuerCommands.ts': 'it writes',
	'vscode/openPolicy.ts': 'it says what the person chose; PolicyFiles puts the locks above that',
	'vscode/serverListsHere.ts': 'the settings of VS Code itself',
	'vscode/createRule.ts': 'the settings of VS Code itself',
};

describe('who reads settings', () => {
	it('nobody but these asks the editor: a reader of its own would go past what an organisation locks', () => {
		const files = ['extension.ts', ...readdirSync(join(src, 'vscode')).map(name => `vscode/${name}`)];
		const readers = files.filter(file => /\.\s*getConfiguration\(/.test(read(file)));
		expect(readers.toSorted()).toEqual(Object.keys(RAW).toSorted());
	});
	it('every setting of the product can be locked, but the one that names the organisation’s own file', () => {
		const keys: readonly string[] = LOCK_KEYS;
		const open = Object.values(settingIds).filter(id => !keys.includes(id.replace('mcpFirewall.', '')));
		expect(open).toEqual([settingIds.organisationPolicy]);
	});
});
