import { type ServedRecord, type WindowRecord } from './discoveryRecord';

/** A window, and the server in it that was asked for. */
export interface ChosenWindow {
	readonly window: WindowRecord;
	readonly server: ServedRecord;
}

/** True when `folder` holds `path` or is it; both absolute and with links resolved. */
export type Holds = (folder: string, path: string) => boolean;

/**
 * The windows that serve a server, best first: those with a folder that holds `place`, the innermost folder first; then the
 * others, the newest first. `wanted` is an id or a name. A text where a name stands for different servers.
 */
export function chooseWindows(
	windows: readonly WindowRecord[],
	wanted: string,
	place: string,
	holds: Holds,
): readonly ChosenWindow[] | string {
	const serving = windows.flatMap(window => {
		const server =
			window.servers.find(({ id }) => id === wanted) ?? window.servers.find(({ name }) => name === wanted);
		return server === undefined ? [] : [{ window, server, depth: depthOf(window, place, holds) }];
	});
	serving.sort((a, b) => b.depth - a.depth || b.window.startedAt - a.window.startedAt);
	const here = serving.filter(({ depth }) => depth > 0);
	const among = here.length > 0 ? here : serving;
	if (new Set(among.map(({ server }) => server.id)).size > 1) {
		return `Several servers are called "${wanted}" in the open windows; name the one that is meant by its id.`;
	}
	const id = among[0]?.server.id;
	return serving.filter(({ server }) => server.id === id).map(({ window, server }) => ({ window, server }));
}

/** How deep the folder lies that holds the place; 0 when none does. */
function depthOf({ folders }: WindowRecord, place: string, holds: Holds): number {
	return Math.max(0, ...folders.filter(folder => holds(folder, place)).map(folder => folder.length));
}
