import { type ServerSource, type SupplyPin } from '../domain/registry/supplyPin';
import { type ReviewFact } from '../shared/reviewProtocol';

const SOURCES: Readonly<Record<ServerSource['kind'], string>> = {
	npm: 'npm package',
	pypi: 'PyPI package',
	oci: 'image',
	path: 'program',
	url: 'server at',
	unknown: 'program',
};

/** Where the program of a server comes from, and what of it is pinned. Values may be attacker-controlled. */
export function supplyFacts({ source, files, integrity, publisher }: SupplyPin): readonly ReviewFact[] {
	const what = `${SOURCES[source.kind]} ${source.name}`;
	return [
		fact('Comes from', source.version === undefined ? what : `${what}, version ${source.version}`),
		...(publisher === undefined ? [] : [{ ...fact('Publisher', publisher), claimed: true as const }]),
		...(integrity === undefined ? [] : [fact('Integrity', integrity)]),
		...files.map(({ role, path, digest }) => fact(`Pinned ${role}`, `${path} (SHA-256 ${digest.slice(0, 12)}…)`)),
	];
}

function fact(label: string, value: string): ReviewFact {
	return { label, value };
}
