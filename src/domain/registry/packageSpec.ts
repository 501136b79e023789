import { valid } from 'semver';
import { type SourceKind } from './supplyPin';

/** A package or image, and what follows its name. */
export interface ReadSpec {
	readonly name: string;
	/** As worded: a version, a range, a tag or a digest. */
	readonly version?: string;
}

/** `name` or `@scope/name`, as the npm registry admits them, and `@version`. No path, URL or alias. */
const NPM = /^((?:@[a-z0-9~][\w.~-]*\/)?[a-z0-9~][\w.~-]*)(?:@([\w.^~<>=*+ |-]+))?$/i;
/** A name of PyPI with extras, and `==version` or (uvx) `@version`. */
const PYPI = /^([a-z0-9](?:[\w.-]*[a-z0-9])?)(?:\[[\w.,-]*\])?(?:(?:==|@)([\w.!+*-]+))?$/i;
/** A reference as the OCI distribution specification words it: name, tag, digest. */
const OCI = /^([a-z0-9][\w./:-]*?)(?::(\w[\w.-]*))?(?:@(sha256:[0-9a-f]{64}))?$/i;

/** Reads a package as a runner is given it. Undefined where it is a path, a URL, an alias or a range of several parts. */
export function readSpec(ecosystem: 'npm' | 'pypi' | 'oci', spec: string): ReadSpec | undefined {
	switch (ecosystem) {
		case 'npm':
		case 'pypi': {
			const [, name, version] = (ecosystem === 'npm' ? NPM : PYPI).exec(spec) ?? [];
			return name === undefined ? undefined : { name, ...(version !== undefined && { version }) };
		}
		case 'oci': {
			const [, name, tag, digest] = OCI.exec(spec) ?? [];
			const version = digest ?? tag;
			return name === undefined ? undefined : { name, ...(version !== undefined && { version }) };
		}
	}
}

/** True for what names one thing for ever: a full version, or the digest of an image. */
export function isExactVersion(kind: SourceKind, version: string): boolean {
	switch (kind) {
		case 'npm':
			return /^\d/.test(version) && valid(version) === version.replace(/\+.*$/, '');
		case 'pypi':
			return /^(?:\d+!)?\d+(?:\.\d+)*(?:[._-]?(?:a|b|rc|post|dev)[._-]?\d+)*(?:\+[a-z0-9.]+)?$/i.test(version);
		case 'oci':
			return /^sha256:[0-9a-f]{64}$/.test(version);
		case 'path':
		case 'url':
		case 'unknown':
			return false;
	}
}

/** The same package or image at this version, as its runner is given it. */
export function withVersion(kind: SourceKind, spec: string, version: string): string {
	switch (kind) {
		case 'npm':
			return `${spec.replace(/(?<=.)@[^@/]*$/, '')}@${version}`;
		case 'pypi':
			return `${spec.replace(/(?:==|@).*$/, '')}==${version}`;
		case 'oci':
			return `${spec.replace(/@sha256:.*$/, '')}@${version}`;
		case 'path':
		case 'url':
		case 'unknown':
			return spec;
	}
}
