const SAID = 2500; // ms that "Copied" is there

export default function ({ parentElement, data }) {
  const one = name => parentElement.querySelector("." + name);
  const button = one("copy"), text = one("text"), said = one("said");
  button.textContent = data;

  const tell = words => {
    said.textContent = words;
    setTimeout(() => (said.textContent = ""), SAID);
  };
  button.onclick = async () => {
    const words = `${document.title}\n${location.href}`;
    text.hidden = true;
    try {
      await navigator.clipboard.writeText(words);
      tell("Copied");
    } catch {
      // In a frame, or without https, a browser may refuse: then it is there to be copied by hand.
      text.value = words.replace("\n", " ");
      text.hidden = false;
      text.select();
    }
  };
}
