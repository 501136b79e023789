import { beforeEach, describe, expect, it, vi } from 'vitest';
import { ManualClock } from '../support/manualClock';

interface Document {
	readonly uri: string;
	isDirty: boolean;
	save(): Promise<boolean>;
}

const editor = vi.hoisted(() => ({ heard: new Set<(saved: unknown) => void>() }));

vi.mock('vscode', () => ({
	workspace: {
		onDidSaveTextDocument: (listener: (saved: unknown) => void) => {
			editor.heard.add(listener);
			return { dispose: () => editor.heard.delete(listener) };
		},
	},
}));

const { saveDocument } = await import('../../../src/vscode/saveDocument');

beforeEach(() => {
	editor.heard.clear();
});

function start(saves: boolean) {
	const clock = new ManualClock();
	const document: Document = { uri: 'file:///policy.yaml', isDirty: true, save: () => Promise.resolve(saves) };
	const result = saveDocument(document as never, clock);
	const settle = () => new Promise<void>(resolve => setImmediate(resolve));
	const tell = (saved: unknown) => {
		editor.heard.forEach(each => {
			each(saved);
		});
	};
	return { clock, document, result, settle, tell };
}

describe('saveDocument', () => {
	it('is done where the editor saved it', async () => {
		expect(await start(true).result).toBe(true);
	});

	it('waits for the word of an auto save that came first, and for none about another document', async () => {
		const { document, result, settle, tell } = start(false);
		await settle();
		tell({ uri: 'file:///other.yaml' });
		expect(editor.heard.size).toBe(1);
		document.isDirty = false;
		tell(document);
		expect(await result).toBe(true);
		expect(editor.heard.size).toBe(0);
	});

	it('says that it is not saved where nothing more comes', async () => {
		const { clock, result, settle } = start(false);
		await settle();
		clock.advance(3_000);
		expect(await result).toBe(false);
		expect(editor.heard.size).toBe(0);
	});
});
