import { urlOf } from './urlOf';

/** Whether a text is a URL, as {@link urlOf} reads it. */
export function isUrl(text: string): boolean {
	return urlOf(text) !== undefined;
}
