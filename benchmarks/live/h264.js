// Send and receive H.264, in the profile that aiortc speaks, instead of VP8.
const offer = RTCPeerConnection.prototype.createOffer;
RTCPeerConnection.prototype.createOffer = function (...settings) {
  const wanted = (codec) => codec.mimeType === "video/rtx" || /mode=1;profile-level-id=42e01f/.test(codec.sdpFmtpLine);
  const codecs = RTCRtpSender.getCapabilities("video").codecs.filter(wanted);
  const videos = this.getTransceivers().filter((transceiver) => transceiver.receiver.track.kind === "video");
  videos.forEach((transceiver) => transceiver.setCodecPreferences(codecs));
  return offer.apply(this, settings);
};
