import { type OriginPlace } from '../domain/registry/originPlaces';

type Place = Pick<OriginPlace, 'file' | 'folder'>;

/** The name of the open folder that the file lies in; undefined for files of none, such as the person's own. Attacker-controlled. */
export function folderNameOf({ file, folder }: Place): string | undefined {
	const within = folder !== undefined && file.startsWith(folder) && /^[/\\]/.test(file.slice(folder.length));
	return within ? /[^/\\]+$/.exec(folder)?.[0] : undefined;
}

/** `harbour/.vscode/mcp.json` of an open folder, which a narrow row has room for; other files with their whole path. */
export function shownPlace(place: Place): string {
	const name = folderNameOf(place);
	return name === undefined ? place.file : name + place.file.slice(place.folder?.length);
}
