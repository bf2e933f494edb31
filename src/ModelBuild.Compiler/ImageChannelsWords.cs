namespace ModelBuild.Compiler;

/// <summary>How channels are called in Preprocessing and in plans.</summary>
internal static class ImageChannelsWords
{
    public static string? Word(this ImageChannels? channels) => channels?.ToString().ToLowerInvariant();
}
