/** Where diagnostics go. Messages hold no secrets and no text of a server or a model. */
export interface Logger {
	trace(message: string): void;
	info(message: string): void;
	warn(message: string): void;
	error(message: string): void;
}

/** A logger that drops everything. */
export const silentLogger: Logger = {
	trace() {},
	info() {},
	warn() {},
	error() {},
};
