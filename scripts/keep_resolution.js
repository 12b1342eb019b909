// By itself, Chromium lowers the resolution of the camera within seconds; the hint "detail" keeps 640×480.
const original = navigator.mediaDevices && navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
if (original) navigator.mediaDevices.getUserMedia = async (constraints) => {
  const stream = await original(constraints);
  stream.getVideoTracks().forEach((track) => { track.contentHint = "detail"; });
  return stream;
};
