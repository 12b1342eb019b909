"""About: what the numbers mean, what happens to the pictures, and the rules for using such a tool."""

from __future__ import annotations

import streamlit as st

st.title("About")

st.header("What the numbers mean")
st.markdown("""
Each face gets seven numbers between 0 and 1 that add up to 1: how much its expression looks like those that people
labelled *angry, disgust, fear, happy, neutral, sad* and *surprise* in the training pictures. The largest one names the
expression. Where even that one is small, the face reads as *uncertain*.

They say what an expression **looks like**, not what a person **feels**:

- **Faces are weak evidence of feelings.** People scowl when they concentrate and smile when they are nervous. The review
  by [Barrett, Adolphs, Marsella, Martinez & Pollak (2019)](https://doi.org/10.1177/1529100619832930),
  *Emotional Expressions Reconsidered*, Psychological Science in the Public Interest 20(1), finds that a facial
  movement does not tell an emotion reliably across people, situations and cultures.
- **The labels are rough.** FER-2013's pictures were found by web search and hardly checked. People agree with its labels
  in about 65 ± 5 % of cases; hundreds of its pictures occur twice, some under two labels, and some show no face.
- **A reading is often wrong.** Each model's card, on the page *Models*, says how often, and for which expression.
- **Errors are not spread evenly.** Light, glasses, beards, head pose, age and skin tone change the reading. None of the
  models here has been tested for fairness between groups of people.

The share of time on the live page counts the largest face only, and leaves out times without a face or with an
uncertain reading; both are shown beside it.
""")

st.header("Privacy")
st.markdown("""
- Pictures and video are analysed by the server that runs this app, in its memory. When you run it yourself, that is your
  own computer, and **nothing leaves it**.
- **No frame is stored.** Charts and tables belong to your visit and are gone when you close the page; what you download
  is yours. A file on the page *Video* lies in a temporary folder of the server until you leave or choose another.
- What you hand in on the pages below *Learn*, data sets and Keras files, is kept in the server's folders, and so is what
  is trained there.
- No statistics are collected. DeepFace's weights are fetched from its public release once, if you choose that model.
- On a public server, the browser may ask the STUN or TURN server that its operator set to find a route. A TURN server passes
  the video on, encrypted.
""")

st.header("Rules to know")
st.markdown("""
In the European Union, Regulation (EU) 2024/1689, the *AI Act*, has rules for emotion recognition. Those that a
practitioner meets first:

| Where | What it says | Applies from |
| --- | --- | --- |
| [Art. 5(1)(f)](https://eur-lex.europa.eu/eli/reg/2024/1689/oj) | Inferring emotions of people **at work and in education is prohibited**, except for medical or safety reasons. | 2 February 2025 |
| [Art. 50(3)](https://eur-lex.europa.eu/eli/reg/2024/1689/oj) | Whoever uses emotion recognition must **inform the people exposed** to it, and follow data-protection law. | 2 August 2026 |
| [Annex III, 1(c)](https://eur-lex.europa.eu/eli/reg/2024/1689/oj) | Other emotion recognition counts as **high-risk**, with the duties that come with it. | 2 August 2026 as published (art. 113); amendments may put it off |

Biometric data and recordings of people fall under data-protection law besides; ask for consent. Dates are those of the
Regulation as published on 12 July 2024; look up the consolidated text before you rely on them. This is no legal advice.
""")

st.header("Sources")
st.markdown("""
- FER-2013: I. J. Goodfellow et al., *Challenges in Representation Learning: A report on three machine learning
  contests*, 2013.
- Face detection: P. Viola and M. Jones, *Rapid Object Detection using a Boosted Cascade of Simple Features*, 2001, in
  OpenCV's implementation; YuNet: W. Wu, H. Peng and S. Yu, *YuNet: A Tiny Millisecond-level Face Detector*, 2023.
- DeepFace: S. I. Serengil and A. Ozpinar, *HyperExtended LightFace: A Facial Attribute Analysis Framework*, 2021.
""")
