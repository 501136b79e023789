import { type ParseErrorCode, printParseErrorCode } from 'jsonc-parser';

const CODES = Array.from({ length: 30 }, (_, code): unknown => code) as readonly ParseErrorCode[];

/** What our reader of JSON says of every error that jsonc-parser knows. */
export const JSON_ERRORS: readonly string[] = CODES.map(code => printParseErrorCode(code))
	.filter(name => !name.startsWith('<'))
	.map(name => name.replace(/(?<=[a-z])[A-Z]/g, letter => ` ${letter}`).toLowerCase());
