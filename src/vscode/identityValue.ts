import { settingIds } from './contributions';
import { type SettingId } from './effectiveSettings';

/**
 * The settings about identity as one value, for `readTrustSettings` to judge. INVARIANT: no setting says `profile`, so that
 * published test keys never count in an editor.
 */
export function identityValue(get: (id: SettingId) => unknown): Readonly<Record<string, unknown>> {
	const audience = get(settingIds.identityAudience);
	return {
		issuers: get(settingIds.identityTrustedIssuers) ?? [],
		acceptLevelZero: get(settingIds.identityAcceptLevelZero) ?? false,
		trustedKeys: get(settingIds.identityTrustedKeys) ?? [],
		offline: get(settingIds.identityOffline) ?? false,
		maxStaleness: get(settingIds.identityMaxStaleness) ?? 300,
		...(typeof audience === 'string' && audience.trim() === '' ? {} : { audience }),
	};
}
