import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LineCounter } from 'yaml';
import { errorText } from '../base/errors';
import { type Logger } from '../base/logger';
import { readTrustSettings } from '../domain/identity/readTrustSettings';
import { NO_TRUST_SETTINGS, type TrustSettings } from '../domain/identity/trustSettings';
import { BadgeVerifier } from '../domain/identity/verifyBadge';
import { parseYaml } from '../domain/policy/boundedYaml';
import { guardedFetch } from '../proxy/identity/guardedFetch';
import { PrincipalDesk } from '../proxy/identity/principalDesk';
import { PrincipalPinFiles } from '../storage/principalPins';
import { RevocationFiles } from '../storage/revocationFiles';
import { systemClock, systemIds } from '../storage/system';
import { UsageError } from './commandLine';

const MAX_CHARS = 256 * 1024;

/**
 * Whom the person trusts, from the file that `--identity` names (YAML or JSON in the shape of `TrustSettings`); nobody without
 * one. Throws a {@link UsageError} for a file that is not wholly understood: trust is not guessed.
 */
export async function readIdentityFile(file: string | undefined): Promise<TrustSettings> {
	if (file === undefined) {
		return NO_TRUST_SETTINGS;
	}
	let text: string;
	try {
		text = await readFile(file, 'utf8');
	} catch (error) {
		throw new UsageError(`--identity: ${errorText(error)}`);
	}
	const read = text.length > MAX_CHARS ? undefined : parseYaml(text, new LineCounter());
	if (read?.kind !== 'document' || read.mayHoldMagic || read.document.errors.length > 0) {
		throw new UsageError(`--identity: ${file} is not plain YAML or JSON`);
	}
	const { settings, problems } = readTrustSettings(read.document.toJS());
	if (problems.length > 0) {
		throw new UsageError(`--identity: ${problems.join('; ')}`);
	}
	return settings;
}

/**
 * Who servers are, headless: pins and what issuers revoked lie in the data directory, and nobody's badge goes with calls. `settings`
 * are asked each time; `reconsider` says that they are others.
 */
export function openPrincipalDesk(settings: () => TrustSettings, dataDirectory: string, logger: Logger): PrincipalDesk {
	const fetch = guardedFetch({ clock: systemClock });
	return new PrincipalDesk({
		verifier: new BadgeVerifier({
			...{ settings, fetch, clock: systemClock },
			revocations: new RevocationFiles(join(dataDirectory, 'revocations'), logger),
		}),
		settings,
		pins: new PrincipalPinFiles(join(dataDirectory, 'principals'), logger),
		...{ fetch, clock: systemClock, ids: systemIds },
	});
}
