using System.Runtime.InteropServices;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Names;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Calibration.Pictures;

/// <summary>From pictures to one input of a model, as declared.</summary>
internal sealed class PictureConverter
{
    private readonly ImagePreprocessing _steps;
    private readonly Value _input;
    private readonly string _file;
    private readonly ImageLayout _layout;
    private readonly ImageChannels _channels;
    private readonly (int? Height, int? Width) _target;

    /// <summary>For vectors, whose pixels lie one after the other.</summary>
    private readonly bool _isFlat;
    private readonly bool _hasBatch;

    /// <exception cref="CompilationException">MODELB2003: too little is said, or what the input contradicts.</exception>
    public PictureConverter(Value input, ImagePreprocessing? steps, string file)
    {
        (_input, _file) = (input, file);
        _steps = steps ?? new ImagePreprocessing();
        IsBytes = input.Type == DataType.UInt8;
        bool isFloat = input.Type is DataType.Float32 or DataType.Float16 or DataType.Float64;
        if (!IsBytes && !isFloat)
        {
            throw Unfit($"becomes floats or bytes, but input '{input.Name}' takes {input.Type}. Save the samples with numpy.save.");
        }

        if (isFloat && _steps.Scale is null)
        {
            throw Unfit(
                $"has bytes, and input '{input.Name}' takes {input.Type}: say how they become that, as the application does it. "
                    + "Write Preprocessing=\"scale=1/255\", for example, with mean=… and std=… if there are any (scale=1 leaves bytes "
                    + "as they are).");
        }

        if (IsBytes && (_steps.Scale is not null || _steps.Mean is not [0] || _steps.Std is not [1]))
        {
            throw Unfit(
                $"is scaled by its Preprocessing, but input '{input.Name}' takes the bytes themselves. Leave scale, mean and std out.");
        }

        Shape shape = input.KnownShape;
        _isFlat = shape.Rank <= 2;
        _hasBatch = shape.Rank is 2 or 4;
        if (shape.Rank is not (1 or 2 or 3 or 4))
        {
            throw Unfit($"is a picture, but input '{input.Name}' takes {shape}. Save the samples with numpy.save.");
        }

        (_layout, int? count) = _isFlat ? (_steps.Layout ?? ImageLayout.Nchw, null) : FindLayout(shape);
        _channels = _steps.Channels ?? (count == 1 || _isFlat ? ImageChannels.Gray : ImageChannels.Rgb);
        if (count is { } c && c != ChannelCount)
        {
            throw Unfit(
                $"gives {Plural.Of(ChannelCount, "channel")} ({_channels.ToString().ToLowerInvariant()}), but input '{input.Name}' takes "
                    + $"{shape}. Say channels=gray for one channel, rgb or bgr for three, and layout=nchw or nhwc where the channels are "
                    + "elsewhere.");
        }

        foreach (IReadOnlyList<double> numbers in (IReadOnlyList<double>[])[_steps.Mean, _steps.Std])
        {
            if (numbers.Count != 1 && numbers.Count != ChannelCount)
            {
                throw Unfit(
                    $"has {Plural.Of(ChannelCount, "channel")}, and mean or std of its Preprocessing has "
                        + $"{Plural.Of(numbers.Count, "number")}. Give one for each channel, or one for all.");
            }
        }

        int first = shape.Rank - 3 + (_layout == ImageLayout.Nchw ? 1 : 0);
        _target = _isFlat ? (null, null) : (Known(shape[first]), Known(shape[first + 1]));
    }

    /// <summary>Of the array that comes out.</summary>
    public bool IsBytes { get; }

    private int ChannelCount => _channels == ImageChannels.Gray ? 1 : 3;

    /// <summary>The shape that a picture of some size gets.</summary>
    /// <exception cref="CompilationException">MODELB2002: it is not the input's.</exception>
    public long[] Shape(int height, int width)
    {
        (int resizedHeight, int resizedWidth) = Resized(height, width);
        (int newHeight, int newWidth) = Cropped(resizedHeight, resizedWidth);
        if (newHeight > resizedHeight || newWidth > resizedWidth)
        {
            throw WrongSize($"is {resizedHeight}×{resizedWidth}, too small to cut {newHeight}×{newWidth} out of it. Say a larger resize=…");
        }

        if ((_target.Height ?? newHeight) != newHeight || (_target.Width ?? newWidth) != newWidth)
        {
            throw WrongSize(
                $"becomes {newHeight}×{newWidth}, but input '{_input.Name}' takes {_input.KnownShape}. Say "
                    + $"crop={_target.Height ?? newHeight}x{_target.Width ?? newWidth}, or leave resize and crop out: then pictures are "
                    + "resized to what the input takes.");
        }

        long[] sizes = _isFlat ? [(long)newHeight * newWidth * ChannelCount]
            : _layout == ImageLayout.Nchw ? [ChannelCount, newHeight, newWidth] : [newHeight, newWidth, ChannelCount];
        return _hasBatch ? [1, .. sizes] : sizes;
    }

    public byte[] Convert(Picture picture)
    {
        Picture resized = picture.WithChannels(ChannelCount);
        (int height, int width) = Resized(picture.Height, picture.Width);
        resized = PictureResize.Run(resized, height, width);
        (height, width) = Cropped(height, width);
        resized = resized.Crop(height, width);
        byte[] bytes = new byte[resized.Pixels.Length];
        int count = height * width;
        for (int place = 0; place < count; place++)
        {
            for (int channel = 0; channel < ChannelCount; channel++)
            {
                int source = _channels == ImageChannels.Bgr ? 2 - channel : channel;
                int target = _layout == ImageLayout.Nchw ? (channel * count) + place : (place * ChannelCount) + channel;
                bytes[target] = resized.Pixels[(place * ChannelCount) + source];
            }
        }

        return IsBytes ? bytes : ToFloats(bytes, count);
    }

    private byte[] ToFloats(byte[] bytes, int count)
    {
        var values = new float[bytes.Length];
        for (int i = 0; i < values.Length; i++)
        {
            int channel = _layout == ImageLayout.Nchw ? i / count : i % ChannelCount;
            double mean = _steps.Mean[_steps.Mean.Count == 1 ? 0 : channel];
            double std = _steps.Std[_steps.Std.Count == 1 ? 0 : channel];
            values[i] = (float)(((bytes[i] * _steps.Scale!.Value) - mean) / std);
        }

        return MemoryMarshal.AsBytes(values.AsSpan()).ToArray();
    }

    private (int Height, int Width) Resized(int height, int width) => _steps.Resize switch
    {
        { Width: { } w } size => (size.Height, w),
        { } shorter when height <= width => (shorter.Height, (int)((long)shorter.Height * width / height)),
        { } shorter => ((int)((long)shorter.Height * height / width), shorter.Height),
        null when _steps.Crop is null => (_target.Height ?? height, _target.Width ?? width),
        null => (height, width),
    };

    private (int Height, int Width) Cropped(int height, int width) =>
        _steps.Crop is { } crop ? (crop.Height, crop.Width ?? crop.Height) : (height, width);

    private (ImageLayout Layout, int? Channels) FindLayout(Shape shape)
    {
        int? first = Known(shape[shape.Rank - 3]);
        int? last = Known(shape[shape.Rank - 1]);
        if (_steps.Layout is { } layout)
        {
            return (layout, layout == ImageLayout.Nchw ? first : last);
        }

        return (first is 1 or 3, last is 1 or 3) switch
        {
            (true, false) => (ImageLayout.Nchw, first),
            (false, true) => (ImageLayout.Nhwc, last),
            _ => throw Unfit(
                $"is a picture, and the shape {shape} of input '{_input.Name}' does not tell where its channels are. Say layout=nchw or "
                    + "layout=nhwc in Preprocessing."),
        };
    }

    private static int? Known(Dimension dimension) => dimension.IsConstant ? (int)dimension.Value : null;

    private CompilationException Unfit(string what) => new(DiagnosticCodes.CalibrationType, $"Sample file '{_file}' {what}", _file);

    private CompilationException WrongSize(string what) =>
        new(DiagnosticCodes.CalibrationShape, $"Sample file '{_file}' {what}", _file);
}
