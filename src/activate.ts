import { type activate as open, type deactivate as close } from './extension';

interface Root {
	readonly activate: typeof open;
	readonly deactivate: typeof close;
}

let root: Root | undefined;

/**
 * What the editor starts: small, so that an extension host that starts many extensions is not held up. All the rest is read in a
 * turn of its own; commands and servers wait for it, for the editor holds the extension active only once this resolves.
 */
export async function activate(context: Parameters<Root['activate']>[0]): Promise<void> {
	await new Promise(resolve => setImmediate(resolve));
	root = await import('./extension');
	await root.activate(context);
}

/** Ends what {@link activate} began. */
export async function deactivate(): Promise<void> {
	await root?.deactivate();
}
