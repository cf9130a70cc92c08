const SAID = 2500; // ms that "Copied" is there

const quoted = text => `"${text.replace(/&/g, "&amp;").replace(/"/g, "&quot;")}"`;

// HTML that shows the picture of this page in another one.
const frame = ({ width, height, view }) => {
  const url = new URL(location);
  url.searchParams.set("view", view);
  return `<iframe src=${quoted(url.href)} title=${quoted(document.title)}
 width="${width}" height="${height}" style="max-width: 100%; border: 0" loading="lazy"></iframe>`;
};

export default function ({ parentElement, data }) {
  const one = name => parentElement.querySelector("." + name);
  const button = one("copy"), text = one("text"), said = one("said");
  button.textContent = data.label;

  const tell = words => {
    said.textContent = words;
    setTimeout(() => (said.textContent = ""), SAID);
  };
  button.onclick = async () => {
    const words = data.frame ? frame(data.frame) : `${document.title}\n${location.href}`;
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
