/** Cuts a stream of text into the data of server-sent events. Source: HTML Standard, 9.2.6, event stream interpretation. */
export class EventSplitter {
  /** The line that is not complete. */
  #line = "";
  #data: string[] = [];
  /** The text ended with a carriage return: a line feed that follows belongs to it. */
  #returned = false;

  /** The data of the events that `text` completes. */
  push(text: string): string[] {
    const found: string[] = [];
    const given = this.#returned && text.startsWith("\n") ? text.slice(1) : text;
    if (text !== "") this.#returned = text.endsWith("\r");
    const lines = given.split(/\r\n|\r|\n/);
    lines[0] = this.#line + lines[0];
    this.#line = lines.pop() ?? "";
    for (const line of lines) found.push(...this.#read(line));
    return found;
  }

  /** The data of an event that no empty line ended. */
  end(): string[] {
    const line = this.#line;
    this.#line = "";
    return [...(line === "" ? [] : this.#read(line)), ...this.#read("")];
  }

  #read(line: string): string[] {
    if (line === "") {
      const data = this.#data.splice(0);
      return data.length > 0 ? [data.join("\n")] : [];
    }
    // Lines of other names, and comments, carry no audio.
    const data = /^data(?:: ?(.*))?$/s.exec(line);
    if (data) this.#data.push(data[1] ?? "");
    return [];
  }
}
