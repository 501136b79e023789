import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { inEnglish } from '../base/phrase';
import { pathKey } from '../base/samePath';
import { type FoundAt, type FoundInventory } from '../domain/registry/inventory';
import { readMcpJson } from '../domain/registry/mcpJson';
import { type OriginPlace } from '../domain/registry/originPlaces';
import { PROBLEM_WORDS } from '../domain/registry/problemWords';
import { readOriginFile } from './originFile';

/** Folders below `.devcontainer` that are looked into. */
const MAX_CONTAINERS = 50;

/**
 * Reads every place. A missing file is no problem; one that cannot be read is named. Of Claude's list of projects only those
 * of the open folders count, whose servers alone can run here. Never rejects.
 */
export async function findServers(places: readonly OriginPlace[]): Promise<FoundInventory> {
	const folders = new Map(places.flatMap(({ folder }) => (folder === undefined ? [] : [[pathKey(folder), folder]])));
	const read = await Promise.all(places.map(place => readPlace(place, folders)));
	return {
		found: read.flatMap(({ found }) => found).filter(({ server }) => isHere(server.at, folders)),
		problems: read.flatMap(({ problems }) => problems),
	};
}

/** The `devcontainer.json` files that have a folder of their own. Never throws. */
export function findDevcontainers(folders: readonly string[]): readonly string[] {
	return folders.flatMap(folder => {
		const parent = join(folder, '.devcontainer');
		return foldersIn(parent)
			.slice(0, MAX_CONTAINERS)
			.map(name => join(parent, name, 'devcontainer.json'));
	});
}

function foldersIn(parent: string): readonly string[] {
	try {
		return readdirSync(parent, { withFileTypes: true }).flatMap(each => (each.isDirectory() ? [each.name] : []));
	} catch {
		return [];
	}
}

/** The open folders as the editor spells them, by their key. */
type OpenFolders = ReadonlyMap<string, string>;

async function readPlace(place: OriginPlace, folders: OpenFolders): Promise<FoundInventory> {
	const read = await readOriginFile(place.file, place.within);
	switch (read.kind) {
		case 'missing':
			return { found: [], problems: [] };
		case 'problem':
			return { found: unreadable(place), problems: [`${place.file}: ${read.problem}.`] };
		case 'file': {
			const { servers, problems } = readMcpJson(read.text, place.file, place.kind);
			const found = servers.map((server): FoundAt => ({ server, place: placeOf(place, folders, server.at) }));
			return {
				found,
				problems: problems.map(({ file, line, message }) =>
					inEnglish(PROBLEM_WORDS.inLineOf(file, line, message)),
				),
			};
		}
	}
}

/** What a folder brings along and hides from us counts as a server that cannot be guarded: its client may read it. */
function unreadable(place: OriginPlace): readonly FoundAt[] {
	const unsupported =
		'Its file cannot be read here: it may be a link to a place outside of the folder, no text, or too large.';
	const name = basename(place.file);
	return place.within === place.folder
		? [{ server: { name, values: {}, inputs: [], unsupported, line: 1 }, place }]
		: [];
}

/** A server of one of Claude's projects is of the folder of that project, as Claude Code itself starts it there alone. */
function placeOf(place: OriginPlace, folders: OpenFolders, [first, project]: readonly string[] = []): OriginPlace {
	const folder = first === 'projects' && project !== undefined ? folders.get(pathKey(project)) : undefined;
	return folder === undefined ? place : { ...place, folder, project: folder };
}

function isHere([first, project]: readonly string[] = [], folders: OpenFolders): boolean {
	return first !== 'projects' || (project !== undefined && folders.has(pathKey(project)));
}
