/**
 * Hold-to-talk on a button: mouse, pen, touch, space and Enter. The pointer is captured, so that the release arrives
 * wherever it happens; leaving the page, losing focus and losing the pointer release too, so it never sticks.
 */
export function holdToTalk(button: HTMLButtonElement, press: () => void, release: () => void): void {
  let held = false;
  const down = (): void => {
    if (held || button.disabled) return;
    held = true;
    button.ariaPressed = "true";
    press();
  };
  const up = (): void => {
    if (!held) return;
    held = false;
    button.ariaPressed = "false";
    release();
  };

  button.ariaPressed = "false";
  button.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    button.setPointerCapture(event.pointerId);
    down();
  });
  button.addEventListener("lostpointercapture", up);
  button.addEventListener("contextmenu", (event) => event.preventDefault());
  button.addEventListener("blur", up);
  addEventListener("blur", up);
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) up();
  });

  // The space bar talks from anywhere but where it types or presses something else.
  const isKey = (event: KeyboardEvent): boolean => {
    if (event.target === button) return event.key === " " || event.key === "Enter";
    return (
      event.key === " " &&
      !(event.target instanceof Element && event.target.closest("input, textarea, button, a, [tabindex='0']"))
    );
  };
  addEventListener("keydown", (event) => {
    if (!isKey(event)) return;
    event.preventDefault();
    if (!event.repeat) down();
  });
  // A button that is switched off while it is held talks no more.
  new MutationObserver(() => {
    if (button.disabled) up();
  }).observe(button, { attributeFilter: ["disabled"] });
  addEventListener("keyup", (event) => {
    if (event.key === " " || event.key === "Enter") up();
  });
}
