/** A JSON text is not waited for beyond so many characters. */
const longest = 2 ** 28;

/**
 * Cuts a stream of text into the JSON values in it: one, several in a row, a line each or not, with the separators of
 * RFC 7464; the elements of an array that is the whole text, each as soon as it is complete.
 */
export class JsonSplitter {
  /** The value that is not complete, and how far it has been looked at. */
  #text = "";
  #at = 0;
  /** Brackets that are open within the value; an outermost array is none of them. */
  #depth = 0;
  #inString = false;
  #inArray = false;

  /**
   * The values that `text` completes.
   * @throws SyntaxError for what is no JSON.
   */
  push(text: string): unknown[] {
    this.#text += text;
    if (this.#text.length > longest) throw new SyntaxError("The JSON text does not end.");
    const found: unknown[] = [];
    let from = 0;
    for (let at = this.#at; at < this.#text.length; at++) {
      const code = this.#text.charCodeAt(at);
      if (this.#inString) {
        // A backslash takes the next character with it, which may not be there yet.
        if (code === 0x5c) at++;
        else if (code === 0x22) this.#inString = false;
        this.#at = at + 1;
        continue;
      }
      if (code === 0x22) this.#inString = true;
      else if (code === 0x7b || code === 0x5b) {
        if (code === 0x5b && this.#depth === 0 && !this.#inArray) {
          found.push(...this.#parse(from, at));
          this.#inArray = true;
          from = at + 1;
        } else this.#depth++;
      } else if (code === 0x7d || code === 0x5d) {
        if (this.#depth > 0) {
          if (--this.#depth === 0) {
            found.push(...this.#parse(from, at + 1));
            from = at + 1;
          }
        } else {
          found.push(...this.#parse(from, at));
          this.#inArray = false;
          from = at + 1;
        }
      } else if (this.#depth === 0 && (code === 0x2c || code === 0x0a || code === 0x0d || code === 0x1e)) {
        found.push(...this.#parse(from, at));
        from = at + 1;
      }
      this.#at = at + 1;
    }
    this.#text = this.#text.slice(from);
    this.#at -= from;
    return found;
  }

  /**
   * The value that only the end completes, if there is one.
   * @throws SyntaxError for one that is cut off.
   */
  end(): unknown[] {
    const text = this.#text;
    this.#text = "";
    this.#at = 0;
    if (this.#depth > 0 || this.#inString) throw new SyntaxError("The JSON text is cut off.");
    return text.trim() === "" ? [] : [JSON.parse(text)];
  }

  #parse(from: number, to: number): unknown[] {
    const text = this.#text.slice(from, to).trim();
    return text === "" ? [] : [JSON.parse(text)];
  }
}
