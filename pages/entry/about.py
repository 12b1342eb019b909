"""About: what the numbers mean, what happens to the pictures, and the rules that apply to such a tool."""

from __future__ import annotations

import streamlit as st

from emotion_core.language import gettext as _
from pages.shared.language import language_choice

st.title(_("About"))
with st.container(width=220):
    language_choice("about")

st.header(_("What the numbers mean"))
st.markdown(
    _("""
Each face gets seven numbers between 0 and 1 that add up to 1, one each for *angry, disgust, fear, happy, neutral, sad*
and *surprise*. The flagship's numbers are **the share of people who would name each expression**: it learned from the
votes of ten people on each of 26,984 pictures. The other models' numbers say how much the expression looks like those
that carried each label in the training pictures. The largest number gives the expression its name. If even the largest
is small, the face reads as *uncertain*.

They say what an expression **looks like**, not what a person **feels**:

- **Faces are weak evidence of feelings.** People scowl when they concentrate and smile when they are nervous. The review
  by [Barrett, Adolphs, Marsella, Martinez & Pollak (2019)](https://doi.org/10.1177/1529100619832930),
  *Emotional Expressions Reconsidered*, Psychological Science in the Public Interest 20(1), finds that a facial
  movement does not tell an emotion reliably across people, situations and cultures.
- **The original labels are noisy.** FER-2013's pictures were found by web search and hardly checked. People agree with
  its labels in about 65 ± 5 % of cases; hundreds of its pictures occur twice, some with two labels, and some show no
  face.
- **A reading is often wrong.** Each model's card, on the page *Models*, says how often, and for which expressions.
- **Errors are not spread evenly.** Light, glasses, beards, head pose, age and skin tone change the reading. None of the
  models here has been tested for fairness between groups of people.

The share of time on the live page counts the largest face only. It leaves out the time without a face and the time with
an uncertain reading; both are shown below the chart.
""")
)

st.header(_("Two scores"))
st.markdown(
    _("""
Every model here is measured twice on the same pictures, those of FER-2013's PublicTest. The first score compares it with
the **original labels**: *Flagship (original labels)* reads 70.1 % of 3,589 pictures as they are labeled. The second
compares it with what **ten people** said of each picture (FER+): of the 2,854 pictures on which more than half of the
votes agree, the flagship names the majority's expression on 92.3 %, and *Flagship (original labels)* on 75.1 %. A
single one of the ten people agrees with the majority of the others on 84.8 % of these pictures, on average. The
flagship can exceed that because it learned what most people say, and no single person agrees with most people every
time. The scores differ so much because the original label itself is the majority's expression on only 70 % of these
pictures, which is also why the flagship has just 60.1 % on the first score.
""")
)

st.header(_("Privacy"))
st.markdown(
    _("""
- Pictures and video are analyzed by the server that runs this app, in its memory. If you run the app yourself, that is
  your own computer, and **nothing leaves it**.
- **No frame is stored.** Charts and tables belong to your visit and are gone when you close the page; what you download
  is yours. A file on the page *Video* stays in a temporary folder of the server until you leave or choose another one.
- Data sets and Keras files that you upload on the pages *Dataset*, *Train* and *Models* are stored in the server's
  folders, and so are the models that you train.
- No usage statistics are collected. If you choose DeepFace, its weights are downloaded once from its public release.
- On a public server, your browser may use a STUN or TURN server, which the operator has chosen, to find a route to it. A
  TURN server relays the video, encrypted.
""")
)

st.header(_("Rules to know"))
st.markdown(
    _("""
In the European Union, Regulation (EU) 2024/1689, the *AI Act*, has rules for emotion recognition. These are the ones that
a practitioner meets first:

| Where | What it says | Applies from |
| --- | --- | --- |
| [Art. 5(1)(f)](https://eur-lex.europa.eu/eli/reg/2024/1689/oj) | Inferring emotions of people **at work and in education is prohibited**, except for medical or safety reasons. | 2 February 2025 |
| [Art. 50(3)](https://eur-lex.europa.eu/eli/reg/2024/1689/oj) | Whoever uses emotion recognition must **inform the people exposed** to it, and follow data-protection law. | 2 August 2026 |
| [Annex III, 1(c)](https://eur-lex.europa.eu/eli/reg/2024/1689/oj) | Other emotion recognition counts as **high-risk**, with the duties that come with it. | 2 August 2026 as published (art. 113); amendments may put it off |

Data-protection law applies as well, to biometric data and to recordings of people; ask for consent. The dates are those
of the Regulation as published on 12 July 2024; look up the consolidated text before you rely on them. This is not legal
advice.
""")
)

st.header(_("Sources"))
st.markdown(
    _("""
- FER-2013: I. J. Goodfellow et al., *Challenges in Representation Learning: A report on three machine learning
  contests*, 2013.
- Votes: E. Barsoum et al., *Training deep networks for facial expression recognition with crowd-sourced label
  distribution*, 2016 (FER+).
- Face detection: P. Viola and M. Jones, *Rapid Object Detection using a Boosted Cascade of Simple Features*, 2001, in
  OpenCV's implementation; YuNet: W. Wu, H. Peng and S. Yu, *YuNet: A Tiny Millisecond-level Face Detector*, 2023.
- DeepFace: S. I. Serengil and A. Ozpinar, *HyperExtended LightFace: A Facial Attribute Analysis Framework*, 2021.
""")
)
