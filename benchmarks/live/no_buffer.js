// Ask the browser for the shortest buffer of received frames.
const answered = RTCPeerConnection.prototype.setRemoteDescription;
RTCPeerConnection.prototype.setRemoteDescription = function (...settings) {
  this.getReceivers().forEach((receiver) => Object.assign(receiver, { jitterBufferTarget: 0, playoutDelayHint: 0 }));
  return answered.apply(this, settings);
};
