/** True for a name that every platform takes as that of an environment variable. */
export function isEnvName(name: unknown): name is string {
	return typeof name === 'string' && /^[A-Za-z_][A-Za-z0-9_().-]{0,255}$/.test(name) && name !== '__proto__';
}
