import { type ServerSource, type SupplyPin } from '../domain/registry/supplyPin';
import { type ReviewFact } from '../shared/reviewProtocol';
import { saidTable, say } from './say';

const SOURCES: Readonly<Record<ServerSource['kind'], string>> = saidTable({
	npm: 'npm package',
	pypi: 'PyPI package',
	oci: 'image',
	path: 'program',
	url: 'server at',
	unknown: 'program',
});

/** Where the program of a server comes from, and what of it is pinned. Values may be attacker-controlled. */
export function supplyFacts({ source, files, integrity, publisher }: SupplyPin): readonly ReviewFact[] {
	const what = `${SOURCES[source.kind]} ${source.name}`;
	return [
		fact(say('Comes from'), source.version === undefined ? what : say('{0}, version {1}', what, source.version)),
		...(publisher === undefined ? [] : [{ ...fact(say('Publisher'), publisher), claimed: true as const }]),
		...(integrity === undefined ? [] : [fact(say('Integrity'), integrity)]),
		...files.map(({ role, path, digest }) =>
			fact(say('Pinned {0}', role), say('{0} (SHA-256 {1}…)', path, digest.slice(0, 12))),
		),
	];
}

function fact(label: string, value: string): ReviewFact {
	return { label, value };
}
