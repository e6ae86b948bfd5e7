using PgmCluster.Contracts.Sampling;

namespace PgmCluster.Cli.Quickstart;

/// <summary>A generative model of a quickstart.</summary>
/// <param name="Stage">The stage that trains it.</param>
/// <param name="EvaluateStage">The stage that scores it.</param>
/// <param name="Preset">Its training preset; the plan says how many steps.</param>
/// <param name="Sampling">How its pictures are drawn, for the grid and for all scores: the picture shows what is measured.</param>
internal sealed record QuickstartModel(string Stage, string EvaluateStage, string Preset, SamplingSettings Sampling);
