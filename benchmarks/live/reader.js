// Runs in every document of the page before its own scripts. It keeps the camera at its resolution, shows the camera's
// own stream in a second video, and notes number and time of every frame that either video presents. A worker also reads
// every frame that comes back, because a script in a busy page misses frames that the video does show. On the dashboard's
// page it also notes where the stage draws its box on each frame, and every reading that the stage shows.
(() => {
  const CELLS = 16, BITS = 10, HEIGHT = 1 / 15;
  const notes = (window.benchmark = {
    camera: [], returned: [], arrived: [], boxes: [], readings: [], pressed: null, first: null,
  });
  const canvas = document.createElement("canvas");
  canvas.width = CELLS * 8;
  canvas.height = 4;
  const context = canvas.getContext("2d", { willReadFrequently: true });

  // Return the number encoded by sixteen brightness values, or null if they are no valid code.
  function decode(values, CELLS, BITS) {
    if (Math.abs(values[0] - values[1]) < 60) return null;
    const middle = (values[0] + values[1]) / 2;
    if (values[0] < values[1]) values = values.reverse();
    const bits = values.map((value) => (value > middle ? 1 : 0));
    const parity = (from) => bits.slice(2, 2 + BITS).filter((_, i) => i % 2 === from).reduce((a, b) => a ^ b, 0);
    const sound = bits[0] && !bits[1] && bits[14] && !bits[15] && bits[12] === parity(0) && bits[13] === parity(1);
    return sound ? parseInt(bits.slice(2, 2 + BITS).join(""), 2) : null;
  }

  function read(video) {
    const w = video.videoWidth, h = video.videoHeight, band = h * HEIGHT;
    context.drawImage(video, 0, h - 0.75 * band, w, band / 2, 0, 0, canvas.width, canvas.height);
    const pixels = context.getImageData(0, 2, canvas.width, 1).data;
    const at = (x) => pixels[x * 4 + 1];
    return decode(Array.from({ length: CELLS }, (_, i) => (at(i * 8 + 3) + at(i * 8 + 4)) / 2), CELLS, BITS);
  }

  // The worker: reads the middle rows of the code from the luma plane of each frame.
  async function readArrivals(frames, decode, CELLS, BITS, HEIGHT) {
    const reader = frames.getReader();
    for (;;) {
      const { done, value: frame } = await reader.read();
      if (done) return;
      const at = performance.now(), w = frame.codedWidth & ~1, h = frame.codedHeight;
      const rect = { x: 0, y: Math.round(h * (1 - HEIGHT / 2)) & ~1, width: w, height: 2 };
      const luma = new Uint8Array(frame.allocationSize({ rect }));
      await frame.copyTo(luma, { rect });
      frame.close();
      postMessage([decode(Array.from({ length: CELLS }, (_, i) => luma[Math.round((i + 0.5) * w / CELLS)]), CELLS, BITS), at]);
    }
  }

  function arrivals(video) {
    const source = `onmessage = ({ data }) => (${readArrivals})(data, ${decode}, ${CELLS}, ${BITS}, ${HEIGHT})`;
    const worker = new Worker(URL.createObjectURL(new Blob([source], { type: "text/javascript" })));
    worker.onmessage = ({ data }) => notes.arrived.push(data);
    const track = video.srcObject.getVideoTracks()[0].clone();
    const { readable } = new MediaStreamTrackProcessor({ track });
    worker.postMessage(readable, [readable]);
  }

  function watch(video, list) {
    video.watched = true;
    const onFrame = (_, frame) => {
      if (list === notes.returned && !video.srcObject) return video.requestVideoFrameCallback(onFrame);  // the sample
      if (list === notes.returned && notes.first === null) {
        notes.first = performance.now();
        arrivals(video);
      }
      const number = read(video);
      list.push([number, frame.presentationTime, frame.presentedFrames, frame.width, frame.receiveTime ?? null]);
      if (video === stage()?.video) requestAnimationFrame((at) => noteBox(number, at));  // after the stage has drawn
      video.requestVideoFrameCallback(onFrame);
    };
    video.requestVideoFrameCallback(onFrame);
  }

  const stage = () => window.emotionStage?.parts.get("stage");

  // The middle of the first box, in pixels of the camera's own picture.
  function noteBox(number, at) {
    const { overlay } = stage(), { reading, data } = window.emotionStage;
    const [box] = JSON.parse(overlay.dataset.boxes || "[]");
    if (!box || !reading || number === null) return;
    const [left, , scale] = JSON.parse(overlay.dataset.place);
    const x = (box[1] + box[3] / 2 - left) / scale;
    notes.boxes.push([at, number, (data.mirror ? reading.width - x : x) / reading.width]);
  }

  let last = null;
  function noteReading(at) {
    const reading = window.emotionStage?.reading;
    if (reading && reading !== last) notes.readings.push([at, reading.time_s]);
    last = reading;
    requestAnimationFrame(noteReading);
  }
  requestAnimationFrame(noteReading);

  function show(stream) {
    const video = document.createElement("video");
    video.style.cssText = "position:fixed;top:0;left:0;width:96px;height:72px;z-index:9;pointer-events:none";
    Object.assign(video, { className: "camera", muted: true, autoplay: true, srcObject: stream });
    document.body.append(video);
    watch(video, notes.camera);
  }

  const Connection = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends Connection {
    constructor(...settings) {
      super(...settings);
      notes.connection = this;
    }
  };

  const devices = navigator.mediaDevices;
  const original = devices && devices.getUserMedia.bind(devices);
  if (original)
    devices.getUserMedia = async (constraints) => {
      const stream = await original(constraints);
      stream.getVideoTracks().forEach((track) => (track.contentHint = "detail"));
      document.querySelectorAll("video.camera").forEach((video) => video.remove());
      show(stream);
      return stream;
    };
  // A headless Chromium never hides a tab, so scripts are made to believe that it did.
  notes.hide = (hidden) => {
    Object.defineProperty(document, "hidden", { configurable: true, get: () => hidden });
    Object.defineProperty(document, "visibilityState", { configurable: true, get: () => (hidden ? "hidden" : "visible") });
    document.dispatchEvent(new Event("visibilitychange", { bubbles: true }));
  };
  addEventListener("click", (event) => {
    const button = event.composedPath()[0]?.closest?.("button");  // the stage's stands in a shadow tree
    if (/^(start|use my camera)$/i.test((button?.innerText ?? "").trim()))
      Object.assign(notes, { pressed: performance.now(), first: null });
  }, true);
  const videos = () => [...document.querySelectorAll("video"), ...(stage() ? [stage().video] : [])];
  setInterval(() => videos().forEach((video) => video.watched || watch(video, notes.returned)), 50);
})();
