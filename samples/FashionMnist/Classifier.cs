namespace FashionMnist;

/// <summary>The signature that the generated classes of both models share: pixels in, one score per class out, nothing allocated.</summary>
internal delegate void Predict(ReadOnlySpan<float> pixels, Span<float> scores);

/// <summary>A generated class among those that are compared.</summary>
internal sealed record Classifier(string Model, string Mode, Type Class, Predict Predict)
{
    /// <summary>Bytes that the model adds to the application: those of the resource that the build has embedded.</summary>
    public long WeightBytes
    {
        get
        {
            string resource = Class.Assembly.GetManifestResourceNames()
                .Single(n => $".{n}".EndsWith($".{Class.Name}.weights", StringComparison.OrdinalIgnoreCase));
            using Stream stream = Class.Assembly.GetManifestResourceStream(resource)!;
            return stream.Length;
        }
    }
}
