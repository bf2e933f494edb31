namespace ModelBuild.TestSupport;

/// <summary>A tensor [batch, channels, …] of a network that is being written.</summary>
/// <param name="Name">In the file.</param>
/// <param name="Channels">How many there are.</param>
internal readonly record struct FeatureMap(string Name, long Channels);
