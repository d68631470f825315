/**
 * Instructions that end with the language to answer in.
 * @param instructions - The session's, undefined or "" when there are none.
 * @param language - ISO 639-1; without it the instructions are returned as they are.
 */
export function withLanguage(instructions: string | undefined, language: string | undefined): string | undefined {
  if (!language) return instructions;
  const line = `The conversation is in ${nameOf(language)}. Answer in it unless the caller asks for another language.`;
  return instructions ? `${instructions}\n\n${line}` : line;
}

function nameOf(language: string): string {
  try {
    const name = new Intl.DisplayNames(["en"], { type: "language" }).of(language);
    return name && name !== language ? `${name} (${language})` : `the language "${language}"`;
  } catch {
    // No code of a language: the model may understand it all the same.
    return `the language "${language}"`;
  }
}
